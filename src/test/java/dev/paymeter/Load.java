package dev.paymeter;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Clients that pay, or report events, without end: each sends its next when it has the answer to
 * its last. Where there is no answer, it counts that, waits a little, and goes on: to the next
 * payment, or with the same event, as a publisher does who wants it counted, once.
 */
final class Load implements AutoCloseable {
  /** What there is instead of a status where no answer came. */
  static final int NO_ANSWER = 0;

  private static final List<String> TIERS = List.of("basic", "standard", "premium");
  private static final List<String> GATEWAYS = List.of("stripe", "paypal");
  private static final List<String> METHODS =
      List.of("credit_card", "debit_card", "paypal", "apple_pay", "google_pay", "bank_transfer");
  private static final List<String> EVENTS = List.of("order", "refund", "subscription");
  private static final Map<String, Integer> FRACTION_DIGITS =
      Map.of("USD", 2, "EUR", 2, "GBP", 2, "JPY", 0, "KRW", 0, "KWD", 3);
  private static final List<String> CURRENCIES = List.copyOf(FRACTION_DIGITS.keySet());

  /** After so long there is no answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Executor A_LITTLE_LATER =
      CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS);

  private final Supplier<URI> address;
  private final Function<SplittableRandom, JsonObject> body;
  private final boolean insistent;
  private final Map<Integer, LongAdder> answers = new ConcurrentHashMap<>();
  private final Phaser clients;
  private volatile boolean stopped;

  private Load(
      int clients,
      Supplier<URI> address,
      Function<SplittableRandom, JsonObject> body,
      boolean insistent) {
    this.clients = new Phaser(clients + 1);
    this.address = address;
    this.body = body;
    this.insistent = insistent;
  }

  /**
   * @param clients how many payments are under way at any moment
   * @param payments where to pay; asked for each payment
   */
  static Load start(int clients, Supplier<URI> payments) {
    return new Load(clients, payments, Load::order, false).start(clients);
  }

  /** The same with payments of at most 1000 USD: none is of high value. */
  static Load startOrdinary(int clients, Supplier<URI> payments) {
    return new Load(clients, payments, Load::ordinaryOrder, false).start(clients);
  }

  /** The same for business events. */
  static Load startEvents(int clients, Supplier<URI> observations) {
    return new Load(clients, observations, Load::event, true).start(clients);
  }

  private Load start(int clients) {
    for (int client = 0; client < clients; client++) {
      next(new SplittableRandom(client));
    }
    return this;
  }

  private void next(SplittableRandom random) {
    if (stopped) {
      clients.arriveAndDeregister();
    } else {
      send(body.apply(random).encode(), random);
    }
  }

  private void send(String text, SplittableRandom random) {
    RunningService.CLIENT
        .sendAsync(
            HttpRequest.newBuilder(address.get())
                .header("Content-Type", "application/json")
                .timeout(PATIENCE)
                .POST(BodyPublishers.ofString(text))
                .build(),
            BodyHandlers.ofString())
        .whenComplete((answer, failure) -> answered(answer, text, random));
  }

  private void answered(HttpResponse<String> answer, String text, SplittableRandom random) {
    int status = answer == null ? NO_ANSWER : answer.statusCode();
    answers.computeIfAbsent(status, first -> new LongAdder()).increment();
    if (status != NO_ANSWER && status != 503) {
      next(random);
    } else if (insistent) {
      A_LITTLE_LATER.execute(() -> send(text, random));
    } else {
      A_LITTLE_LATER.execute(() -> next(random));
    }
  }

  private static JsonObject event(SplittableRandom random) {
    return new JsonObject()
        .put("kind", "event")
        .put("publisher", "load")
        .put("id", UUID.randomUUID().toString())
        .put("event", any(EVENTS, random))
        .put("amount", BigDecimal.valueOf(random.nextLong(1, 700_000), 2).toPlainString());
  }

  private static JsonObject order(SplittableRandom random) {
    String currency = any(CURRENCIES, random);
    BigDecimal amount =
        BigDecimal.valueOf(random.nextLong(1, 700_000), FRACTION_DIGITS.get(currency));
    return RunningService.order("order_" + random.nextInt(1_000_000), amount.toPlainString())
        .put("currency", currency)
        .put("user_tier", any(TIERS, random))
        .put("payment_method", any(METHODS, random))
        .put("gateway", any(GATEWAYS, random));
  }

  private static JsonObject ordinaryOrder(SplittableRandom random) {
    BigDecimal amount = BigDecimal.valueOf(random.nextLong(1, 100_001), 2);
    return order(random).put("currency", "USD").put("amount", amount.toPlainString());
  }

  private static String any(List<String> values, SplittableRandom random) {
    return values.get(random.nextInt(values.size()));
  }

  /** How many answers came with each status so far. */
  Map<Integer, Long> answers() {
    Map<Integer, Long> sums = new TreeMap<>();
    answers.forEach((status, count) -> sums.put(status, count.sum()));
    return sums;
  }

  /** How many payments were settled, as far as the clients know. */
  long settled() {
    Map<Integer, Long> sums = answers();
    return sums.getOrDefault(201, 0L) + sums.getOrDefault(402, 0L) + sums.getOrDefault(502, 0L);
  }

  /** No new orders; returns when the last answer is there. */
  void stop() {
    stopped = true;
    clients.arriveAndAwaitAdvance();
  }

  /** No new orders; does not wait for answers. */
  @Override
  public void close() {
    stopped = true;
  }
}
