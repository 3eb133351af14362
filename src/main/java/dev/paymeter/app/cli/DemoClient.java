package dev.paymeter.app.cli;

import static java.math.RoundingMode.HALF_EVEN;
import static java.net.http.HttpRequest.BodyPublishers.ofString;

import dev.paymeter.app.PaymeterServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** HTTP client that makes the payments of the demo and prints their outcomes. */
final class DemoClient {
  static final int MAX_RATE = 1000;

  private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(30);
  private static final int OK = 200;

  /** Unresolved payments that are read after each report. */
  private static final int MAX_INQUIRIES = 100;

  private static final Duration REPORT_INTERVAL = Duration.ofSeconds(5);

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

  /** Currencies, each with about the amount that equals one US dollar. */
  private static final Map<String, Double> CURRENCIES =
      Map.of("USD", 1.0, "EUR", 0.97, "GBP", 0.8, "JPY", 157.0, "KRW", 1470.0, "KWD", 0.31);

  private final HttpClient client;
  private final URI payments;
  private final URI simulator;
  private final Optional<String> key;
  private final PaymeterServer service;
  private final PrintStream out;
  private final DemoOutcomes outcomes = new DemoOutcomes();
  private DemoIncident incident = DemoIncident.none();
  private String phase = "";

  /**
   * @throws IllegalStateException if the API uses TLS
   */
  DemoClient(PaymeterServer service, HttpClient client, PrintStream out) {
    requireClearText("http.tls", service.apiUrl());
    this.client = client;
    this.service = service;
    this.payments = URI.create(service.apiUrl() + "/v1/payments");
    this.simulator = URI.create(service.managementUrl() + "/simulator");
    this.key = service.ownKey();
    this.out = out;
  }

  /** Returns a client for HTTP/1.1: an upgrade to HTTP/2 has no advantage here. */
  static HttpClient httpClient() {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  /** Rejects TLS, as neither the demo nor its Prometheus has the certificates to trust. */
  static void requireClearText(String setting, String url) {
    if (!url.startsWith("http:")) {
      throw new IllegalStateException(
          setting + ": expected no certificate, as the demo does not use TLS, found one");
    }
  }

  /**
   * Pays the scenarios, prints the addresses, then makes random payments until the thread is
   * interrupted or the service ends. At a rate of 0, it returns after the scenarios.
   */
  void run(DemoCommand.Traffic traffic) throws IOException, InterruptedException {
    payScenarios();
    out.printf(
        """

        Payment API  %1$s
        Console      %2$s/console/
        Metrics      %2$s/metrics
        Health       %2$s/health/ready

        """,
        payments, service.managementUrl());
    double rate = traffic.perSecond;
    if (rate == 0) {
      out.println("The demo makes no more payments. Ctrl-C ends.");
      return;
    }
    String plainRate = BigDecimal.valueOf(rate).stripTrailingZeros().toPlainString();
    out.println("Continuing with " + plainRate + " payments per second. Ctrl-C ends.");
    incident = traffic.incident().scaled(service.timeScale());
    stream(rate);
  }

  /** Pays them at the same time, so that the figures appear soon, and prints them in order. */
  private void payScenarios() throws IOException, InterruptedException {
    List<CompletableFuture<HttpResponse<String>>> responses =
        SCENARIOS.stream()
            .map(order -> client.sendAsync(request(order), BodyHandlers.ofString()))
            .toList();
    for (int i = 0; i < responses.size(); i++) {
      try {
        out.println(line(SCENARIOS.get(i), new JsonObject(responses.get(i).get().body())));
      } catch (ExecutionException e) {
        throw new IOException("order_" + (i + 1) + ": no response", e.getCause());
      }
    }
  }

  /** Paces the requests by the clock, so that slow responses do not reduce the rate. */
  private void stream(double rate) throws InterruptedException {
    Semaphore inFlight = new Semaphore(MAX_RATE);
    long start = System.nanoTime();
    long nextReport = REPORT_INTERVAL.toNanos();
    for (long sent = 0; !service.isClosing() && !service.end().isDone(); sent++) {
      long due = (long) (sent / rate * 1e9);
      TimeUnit.NANOSECONDS.sleep(due - (System.nanoTime() - start));
      beginPhase(Duration.ofNanos(due));
      if (System.nanoTime() - start >= nextReport) {
        out.println(phase + outcomes.report());
        nextReport += REPORT_INTERVAL.toNanos();
        outcomes.unresolved(MAX_INQUIRIES).forEach(this::inquire);
      }
      inFlight.acquire();
      CompletableFuture<?> ignored =
          client
              .sendAsync(request(randomOrder(sent)), BodyHandlers.ofString())
              .whenComplete(
                  (response, failure) -> {
                    inFlight.release();
                    if (failure == null) {
                      outcomes.add(new JsonObject(response.body()));
                    } else {
                      outcomes.add("no response");
                    }
                  });
    }
  }

  /**
   * Begins a phase of the incident if it is due.
   *
   * @param due of the next payment, so that each phase has its number of payments on any machine
   */
  private void beginPhase(Duration due) throws InterruptedException {
    DemoIncident.Phase next = incident.poll(due).orElse(null);
    if (next == null) {
      return;
    }
    String error = changeFaults(new JsonObject().put(DemoIncident.GATEWAY, next.faults()));
    if (error.isEmpty()) {
      phase = incident.isOver() ? "" : "[" + next.description() + "] ";
      out.println("Incident: " + next.description());
    } else if (!service.isClosing()) {
      incident = DemoIncident.none();
      out.println("There is no incident, as the simulators cannot be changed: " + error);
    }
  }

  /** Returns the error; empty if there is none. */
  private String changeFaults(JsonObject faults) throws InterruptedException {
    HttpRequest request =
        authorized(HttpRequest.newBuilder(simulator))
            .method("PATCH", ofString(faults.encode()))
            .build();
    try {
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      return response.statusCode() == OK ? "" : response.body();
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Reads a payment whose outcome was unknown; without a response, a later report does so. */
  private void inquire(String id) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(payments + "/" + id));
    CompletableFuture<?> ignored =
        client
            .sendAsync(authorized(request).build(), BodyHandlers.ofString())
            .thenAccept(
                response -> {
                  if (response.statusCode() == OK) {
                    outcomes.update(new JsonObject(response.body()));
                  }
                });
  }

  private HttpRequest request(JsonObject order) {
    return authorized(HttpRequest.newBuilder(payments))
        .header("Content-Type", "application/json")
        .POST(ofString(order.encode()))
        .build();
  }

  private HttpRequest.Builder authorized(HttpRequest.Builder request) {
    key.ifPresent(value -> request.header("Authorization", "Bearer " + value));
    return request.timeout(RESPONSE_TIMEOUT);
  }

  private static String line(JsonObject order, JsonObject response) {
    JsonObject payment = response.getJsonObject("payment", response);
    String outcome = DemoOutcomes.of(response);
    return String.format(
        "%-8s %10s USD  %-8s  %-11s  %s",
        order.getString("order_id"),
        order.getString("amount"),
        order.getString("user_tier"),
        order.getString("payment_method"),
        outcome.equals("success")
            ? "success in %s s, %s"
                .formatted(payment.getValue("duration"), payment.getString("transaction_id"))
            : outcome);
  }

  private static JsonObject order(
      String orderId, String userId, String amount, String tier, String method) {
    return new JsonObject()
        .put("order_id", orderId)
        .put("user_id", userId)
        .put("amount", amount)
        .put("currency", "USD")
        .put("user_tier", tier)
        .put("payment_method", method);
  }

  private static JsonObject randomOrder(long number) {
    RandomGenerator random = ThreadLocalRandom.current();
    String code = randomOf(List.copyOf(CURRENCIES.keySet()), random);
    // Evenly distributed exponents: most payments are small, a few are above 1000 dollars.
    double dollars = Math.pow(10, 0.5 + 3 * random.nextDouble());
    double amount = Math.max(1, dollars * CURRENCIES.getOrDefault(code, 1.0));
    int decimals = Currency.getInstance(code).getDefaultFractionDigits();
    return order(
            "stream_" + number,
            "user_" + random.nextInt(1000),
            BigDecimal.valueOf(amount).setScale(decimals, HALF_EVEN).toPlainString(),
            randomOf(TIERS, random),
            randomOf(METHODS, random))
        .put("currency", code);
  }

  private static String randomOf(List<String> values, RandomGenerator random) {
    return values.get(random.nextInt(values.size()));
  }
}
