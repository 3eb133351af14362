package dev.paymeter.app.cli;

import dev.paymeter.app.PaymeterServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** Pays over HTTP, as any client would, and tells what came of it. */
final class DemoClient {
  static final int HIGHEST_RATE = 1000;

  private static final Duration BETWEEN_SCENARIOS = Duration.ofMillis(200);
  private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);
  private static final Duration BETWEEN_REPORTS = Duration.ofSeconds(5);

  private static final List<JsonObject> SCENARIOS =
      List.of(
          order("order_1", "user_123", "50.00", "standard", "credit_card"),
          order("order_2", "user_456", "150.00", "premium", "paypal"),
          order("order_3", "user_789", "1200.00", "standard", "credit_card"),
          order("order_4", "user_321", "25.00", "basic", "debit_card"),
          order("order_5", "user_654", "500.00", "premium", "apple_pay"));

  private static final List<String> TIERS = List.of("basic", "standard", "premium");
  private static final List<String> METHODS =
      List.of("credit_card", "debit_card", "paypal", "apple_pay", "google_pay", "bank_transfer");
  private static final List<String> GATEWAYS = List.of("stripe", "paypal");

  /** Currencies, and roughly how many of each make a dollar. */
  private static final Map<String, Double> CURRENCIES =
      new TreeMap<>(
          Map.of("USD", 1.0, "EUR", 0.97, "GBP", 0.8, "JPY", 157.0, "KRW", 1470.0, "KWD", 0.31));

  /**
   * Plain HTTP/1.1: an upgrade to HTTP/2 would gain nothing here, and is one thing more to fail.
   */
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final URI payments;
  private final Optional<String> key;
  private final PaymeterServer service;
  private final PrintStream out;
  private final Map<String, Integer> outcomes = new ConcurrentHashMap<>();

  /**
   * @throws IllegalStateException where the API has a certificate
   */
  DemoClient(PaymeterServer service, PrintStream out) {
    requireClearText("http.tls", service.apiUrl());
    this.service = service;
    this.payments = URI.create(service.apiUrl() + "/v1/payments");
    this.key = service.ownKey();
    this.out = out;
  }

  /** Neither the demo nor the Prometheus beside it knows whom to trust. */
  static void requireClearText(String setting, String url) {
    if (!url.startsWith("http:")) {
      throw new IllegalStateException(
          setting + ": wanted none, as the demo speaks clear text, found a certificate");
    }
  }

  /**
   * Pays the scenarios, prints the addresses, then streams until the thread is interrupted, or the
   * service closes or cannot go on.
   *
   * @param rate payments a second; 0 returns after the scenarios
   */
  void run(double rate) throws IOException, InterruptedException {
    for (JsonObject order : SCENARIOS) {
      out.println(line(order, send(order)));
      TimeUnit.MILLISECONDS.sleep(BETWEEN_SCENARIOS.toMillis());
    }
    out.println();
    out.println("Payment API  " + payments);
    out.println("Console      " + service.managementUrl() + "/console/");
    out.println("Metrics      " + service.managementUrl() + "/metrics");
    out.println("Health       " + service.managementUrl() + "/health/ready");
    out.println();
    if (rate == 0) {
      out.println("No more payments of our own. Ctrl-C ends.");
      return;
    }
    out.println("Going on with " + plain(rate) + " payments a second. Ctrl-C ends.");
    stream(rate);
  }

  /** Paces by the clock, so that the rate holds however long an answer takes. */
  private void stream(double rate) throws InterruptedException {
    Semaphore inFlight = new Semaphore(HIGHEST_RATE);
    long start = System.nanoTime();
    long nextReport = BETWEEN_REPORTS.toNanos();
    for (long sent = 0; !service.isClosing() && !service.fatal().isDone(); sent++) {
      long due = (long) (sent / rate * 1e9);
      TimeUnit.NANOSECONDS.sleep(due - (System.nanoTime() - start));
      if (System.nanoTime() - start >= nextReport) {
        out.println(report());
        nextReport += BETWEEN_REPORTS.toNanos();
      }
      inFlight.acquire();
      CompletableFuture<?> ignored =
          client
              .sendAsync(request(randomOrder(sent)), BodyHandlers.ofString())
              .whenComplete(
                  (answer, failure) -> {
                    inFlight.release();
                    String outcome =
                        failure != null ? "no answer" : outcome(new JsonObject(answer.body()));
                    outcomes.merge(outcome, 1, Integer::sum);
                  });
    }
  }

  private String report() {
    int all = outcomes.values().stream().mapToInt(Integer::intValue).sum();
    StringBuilder report = new StringBuilder().append(all).append(" payments so far");
    new TreeMap<>(outcomes)
        .forEach((outcome, count) -> report.append(", ").append(count).append(' ').append(outcome));
    return report.toString();
  }

  private JsonObject send(JsonObject order) throws IOException, InterruptedException {
    return new JsonObject(client.send(request(order), BodyHandlers.ofString()).body());
  }

  private HttpRequest request(JsonObject order) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(payments)
            .timeout(LONGEST_ANSWER)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(order.encode()));
    key.ifPresent(own -> request.header("Authorization", "Bearer " + own));
    return request.build();
  }

  private static String line(JsonObject order, JsonObject answer) {
    JsonObject payment = answer.getJsonObject("payment", answer);
    String outcome = outcome(answer);
    return String.format(
        "%-8s %10s USD  %-8s  %-11s  %s",
        order.getString("order_id"),
        order.getString("amount"),
        order.getString("user_tier"),
        order.getString("payment_method"),
        outcome.equals("success")
            ? "success in "
                + payment.getValue("duration")
                + " s, "
                + payment.getString("transaction_id")
            : outcome);
  }

  /** The payment's status; for a failure its reason; for a refusal what was wrong. */
  private static String outcome(JsonObject answer) {
    JsonObject payment = answer.getJsonObject("payment");
    if (payment != null) {
      JsonObject error = payment.getJsonObject("error");
      return "failed: " + error.getString("type") + ", " + error.getString("message");
    }
    return answer.getValue("status") instanceof String status
        ? status
        : "refused: " + answer.getString("detail");
  }

  private static JsonObject order(
      String orderId, String userId, String amount, String tier, String method) {
    return new JsonObject()
        .put("order_id", orderId)
        .put("user_id", userId)
        .put("amount", amount)
        .put("currency", "USD")
        .put("user_tier", tier)
        .put("payment_method", method)
        .put("gateway", "stripe");
  }

  private static JsonObject randomOrder(long number) {
    RandomGenerator random = ThreadLocalRandom.current();
    String code = any(List.copyOf(CURRENCIES.keySet()), random);
    // Most payments are small, a few are above 1000 dollars: evenly spread in the exponent.
    double dollars = Math.pow(10, 0.5 + 3 * random.nextDouble());
    BigDecimal amount =
        BigDecimal.valueOf(Math.max(1, dollars * CURRENCIES.getOrDefault(code, 1.0)))
            .setScale(
                Currency.getInstance(code).getDefaultFractionDigits(), RoundingMode.HALF_EVEN);
    return order(
            "stream_" + number,
            "user_" + random.nextInt(1000),
            amount.toPlainString(),
            any(TIERS, random),
            any(METHODS, random))
        .put("currency", code)
        .put("gateway", any(GATEWAYS, random));
  }

  private static String any(List<String> values, RandomGenerator random) {
    return values.get(random.nextInt(values.size()));
  }

  private static String plain(double rate) {
    return BigDecimal.valueOf(rate).stripTrailingZeros().toPlainString();
  }
}
