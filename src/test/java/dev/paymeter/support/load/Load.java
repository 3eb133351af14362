package dev.paymeter.support.load;

import dev.paymeter.support.service.RunningService;
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
import java.util.Optional;
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
 * Clients that pay, or report events, continuously: each sends its next request when it has the
 * response to the last one, or after a pause. After a request without a response, a client waits
 * briefly and sends its next payment; or, with a {@link RetryMode}, the same request with the same
 * id or idempotency key.
 */
public final class Load implements AutoCloseable {
  /** Counted in place of a status if there was no response. */
  public static final int NO_RESPONSE = 0;

  private static final List<String> TIERS = List.of("basic", "standard", "premium");
  private static final List<String> GATEWAYS = List.of("stripe", "paypal");
  private static final List<String> METHODS =
      List.of("credit_card", "debit_card", "paypal", "apple_pay", "google_pay", "bank_transfer");
  private static final List<String> EVENTS = List.of("order", "refund", "subscription");
  private static final Map<String, Integer> FRACTION_DIGITS =
      Map.of("USD", 2, "EUR", 2, "GBP", 2, "JPY", 0, "KRW", 0, "KWD", 3);
  private static final List<String> CURRENCIES = List.copyOf(FRACTION_DIGITS.keySet());

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);

  private static final Executor DELAYED =
      CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS);

  /** The way to make repeated requests safe; {@code NONE} repeats none. */
  private enum RetryMode {
    NONE,
    /** The request contains an id. */
    BY_ID,
    /** The request has an idempotency key. */
    BY_KEY
  }

  private final Supplier<URI> address;
  private final Function<SplittableRandom, JsonObject> body;
  private final RetryMode retryMode;
  private final Optional<String> key;
  private final Map<Integer, LongAdder> responses = new ConcurrentHashMap<>();
  private final Phaser clients;
  private volatile Duration pause = Duration.ZERO;
  private volatile boolean stopped;

  private Load(
      int clients,
      Supplier<URI> address,
      Function<SplittableRandom, JsonObject> body,
      RetryMode retryMode,
      Optional<String> key) {
    this.key = key;
    this.clients = new Phaser(clients + 1);
    this.address = address;
    this.body = body;
    this.retryMode = retryMode;
  }

  /**
   * @param clients the number of payments in flight
   * @param payments the address, read before each payment
   */
  public static Load start(int clients, Supplier<URI> payments) {
    return new Load(clients, payments, Load::order, RetryMode.NONE, Optional.empty())
        .start(clients);
  }

  /** Starts clients with distinct orders that repeat each until its outcome is known. */
  public static Load startWithRetry(int clients, Supplier<URI> payments) {
    return startWithRetry(clients, payments, Optional.empty());
  }

  /** Starts such clients with an API key. */
  public static Load startWithRetry(int clients, Supplier<URI> payments, String key) {
    return startWithRetry(clients, payments, Optional.of(key));
  }

  private static Load startWithRetry(int clients, Supplier<URI> payments, Optional<String> key) {
    return new Load(
            clients,
            payments,
            random -> order(random).put("order_id", UUID.randomUUID().toString()),
            RetryMode.BY_KEY,
            key)
        .start(clients);
  }

  /** Starts clients with payments of at most 1000 USD: none is of high value. */
  public static Load startOrdinary(int clients, Supplier<URI> payments) {
    return new Load(clients, payments, Load::ordinaryOrder, RetryMode.NONE, Optional.empty())
        .start(clients);
  }

  /** Starts clients that report business events. */
  public static Load startEvents(int clients, Supplier<URI> observations) {
    return startEvents(clients, observations, Optional.empty());
  }

  /** Starts such clients with an API key. */
  public static Load startEvents(int clients, Supplier<URI> observations, String key) {
    return startEvents(clients, observations, Optional.of(key));
  }

  private static Load startEvents(int clients, Supplier<URI> observations, Optional<String> key) {
    return new Load(clients, observations, Load::event, RetryMode.BY_ID, key).start(clients);
  }

  private Load start(int clients) {
    for (int client = 0; client < clients; client++) {
      next(new SplittableRandom(client));
    }
    return this;
  }

  /** Makes each client pause before its next request, so that others get CPU time. */
  public Load pausing(Duration pause) {
    this.pause = pause;
    return this;
  }

  private void next(SplittableRandom random) {
    if (stopped) {
      clients.arriveAndDeregister();
    } else {
      JsonObject next = body.apply(random);
      send(new Request(next.getString("order_id"), next.encode()), random);
    }
  }

  private record Request(String key, String body) {}

  private void send(Request request, SplittableRandom random) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(address.get())
            .header("Content-Type", "application/json")
            .timeout(REQUEST_TIMEOUT)
            .POST(BodyPublishers.ofString(request.body()));
    if (retryMode == RetryMode.BY_KEY) {
      builder.header("Idempotency-Key", '"' + request.key() + '"');
    }
    key.ifPresent(value -> builder.header("Authorization", "Bearer " + value));
    RunningService.CLIENT
        .sendAsync(builder.build(), BodyHandlers.ofString())
        .whenComplete((answer, failure) -> handleResponse(answer, request, random));
  }

  private void handleResponse(
      HttpResponse<String> answer, Request request, SplittableRandom random) {
    int status = answer == null ? NO_RESPONSE : answer.statusCode();
    responses.computeIfAbsent(status, first -> new LongAdder()).increment();
    boolean isKnown = status != NO_RESPONSE && status != 503;
    if (retryMode == RetryMode.BY_KEY) {
      isKnown &= status != 202 && status != 409;
    }
    if (isKnown && pause.isZero()) {
      next(random);
    } else if (isKnown) {
      CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS)
          .execute(() -> next(random));
    } else if (retryMode != RetryMode.NONE) {
      DELAYED.execute(() -> send(request, random));
    } else {
      DELAYED.execute(() -> next(random));
    }
  }

  private static JsonObject event(SplittableRandom random) {
    return new JsonObject()
        .put("kind", "event")
        .put("publisher", "load")
        .put("id", UUID.randomUUID().toString())
        .put("event", randomOf(EVENTS, random))
        .put("amount", BigDecimal.valueOf(random.nextLong(1, 700_000), 2).toPlainString());
  }

  private static JsonObject order(SplittableRandom random) {
    String currency = randomOf(CURRENCIES, random);
    BigDecimal amount =
        BigDecimal.valueOf(random.nextLong(1, 700_000), FRACTION_DIGITS.get(currency));
    return RunningService.order("order_" + random.nextInt(1_000_000), amount.toPlainString())
        .put("currency", currency)
        .put("user_tier", randomOf(TIERS, random))
        .put("payment_method", randomOf(METHODS, random))
        .put("gateway", randomOf(GATEWAYS, random));
  }

  private static JsonObject ordinaryOrder(SplittableRandom random) {
    BigDecimal amount = BigDecimal.valueOf(random.nextLong(1, 100_001), 2);
    return order(random).put("currency", "USD").put("amount", amount.toPlainString());
  }

  private static String randomOf(List<String> values, SplittableRandom random) {
    return values.get(random.nextInt(values.size()));
  }

  /** Returns the number of responses by status. */
  public Map<Integer, Long> responses() {
    Map<Integer, Long> sums = new TreeMap<>();
    responses.forEach((status, count) -> sums.put(status, count.sum()));
    return sums;
  }

  /** Returns the number of settled payments, as far as the clients know. */
  public long settled() {
    Map<Integer, Long> sums = responses();
    return sums.getOrDefault(201, 0L) + sums.getOrDefault(402, 0L) + sums.getOrDefault(502, 0L);
  }

  /** Starts no new requests; returns when all responses have arrived. */
  public void stop() {
    stopped = true;
    clients.arriveAndAwaitAdvance();
  }

  /** Starts no new requests; does not wait for responses. */
  @Override
  public void close() {
    stopped = true;
  }
}
