package dev.paymeter.support.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Clients that send one order after the other, each with its own idempotency key. A client repeats
 * an order until its outcome is known; some orders are sent twice at once.
 */
public final class Shoppers implements AutoCloseable {
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);
  private static final Executor DELAYED =
      CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS);

  /** Statuses of responses while the outcome is unknown. */
  private static final Set<Integer> PENDING_STATUSES = Set.of(202, 409, 503);

  private static final Set<Integer> FINAL_STATUSES = Set.of(201, 402, 502);

  /** The status of the response to a capture or void that was carried out. */
  private static final int DONE = 200;

  /** The response to a capture or void of a payment that is settled by another one. */
  private static final Pattern SETTLED =
      Pattern.compile("wrong-state.*, found (?!pending|unknown|authorized)");

  private static final List<String> TIERS = List.of("basic", "standard", "premium");

  private static final List<String> GATEWAYS = List.of("stripe", "paypal");

  /** The tokens whose payments are disputed or taken back later, or with a warning. */
  private static final List<String> DISPUTED =
      List.of(
          "pm_card_createDispute",
          "pm_card_createDisputeWon",
          "pm_card_createDisputeLost",
          "pm_card_createDisputeInquiry",
          "pm_card_createReversal");

  private static final String FINAL_STATES =
      "select order_id, status, id from payments where source is null";

  private final Supplier<URI> payments;
  private final Map<String, Outcome> outcomes = new ConcurrentHashMap<>();
  private final Map<String, String> bodies = new ConcurrentHashMap<>();
  private final Queue<String> mismatches = new ConcurrentLinkedQueue<>();
  private final Set<String> changed = ConcurrentHashMap.newKeySet();
  private final Phaser clients;
  private volatile List<String> gateways = GATEWAYS;
  private volatile Duration pause = Duration.ZERO;
  private volatile boolean capturing;
  private volatile boolean authenticating;
  private volatile boolean disputing;
  private volatile boolean stopped;

  /** The final response for an order. */
  public record Outcome(int status, String body) {
    /** Returns the payment in the response. */
    public JsonObject payment() {
      JsonObject json = new JsonObject(body);
      return json.getJsonObject("payment", json);
    }

    /** Returns the id of the payment. */
    public String id() {
      return payment().getString("id");
    }

    private boolean isOfSamePayment(Outcome other) {
      return status == other.status && id().equals(other.id());
    }
  }

  /** Asserts that the ledger contains the payment of each final response, in the same state. */
  public static void assertInLedger(Map<String, Outcome> outcomes, String databaseUrl) {
    Map<String, List<String>> rows = new HashMap<>();
    TestPostgres.query(databaseUrl, FINAL_STATES).forEach(row -> rows.put(row.get(0), row));
    outcomes.forEach(
        (order, outcome) ->
            assertThat(rows.get(order))
                .as("%s", outcome)
                .isEqualTo(List.of(order, expectedStatus(outcome), outcome.id())));
  }

  private static String expectedStatus(Outcome outcome) {
    return switch (outcome.status()) {
      case DONE -> outcome.payment().getString("status");
      case 201 -> "success";
      default -> "failed";
    };
  }

  private Shoppers(int count, Supplier<URI> payments) {
    this.payments = payments;
    this.clients = new Phaser(count + 1);
  }

  /**
   * @param payments the address, read before each request
   */
  public static Shoppers start(int count, SplittableRandom random, Supplier<URI> payments) {
    Shoppers shoppers = new Shoppers(count, payments);
    IntStream.range(0, count).forEach(client -> shoppers.next(random.split()));
    return shoppers;
  }

  /** Makes each client pause before its next order, so that others get CPU time. */
  public Shoppers pausing(Duration pause) {
    this.pause = pause;
    return this;
  }

  /** Makes half of the orders name one of these gateways, by default stripe or paypal. */
  public Shoppers naming(List<String> gateways) {
    this.gateways = List.copyOf(gateways);
    return this;
  }

  /** Makes the clients authorize some payments, and capture or void them afterwards. */
  public Shoppers capturing() {
    this.capturing = true;
    return this;
  }

  /**
   * Makes the payers of some orders authenticate their payments, or fail to do so. The orders name
   * the simulated gateway stripe.
   */
  public Shoppers authenticating() {
    this.authenticating = true;
    return this;
  }

  /**
   * Makes some payments be disputed later, and the refunds of some fail later. The orders name a
   * simulated gateway.
   */
  public Shoppers disputing() {
    this.disputing = true;
    return this;
  }

  private void next(SplittableRandom random) {
    if (stopped) {
      clients.arriveAndDeregister();
      return;
    }
    JsonObject order = order(random);
    String id = order.getString("order_id");
    boolean isManual = capturing && random.nextInt(3) == 0;
    if (isManual) {
      order.put("capture", "manual");
    }
    if (authenticating && random.nextInt(20) == 0) {
      order
          .put("gateway", GATEWAYS.get(0))
          .put(
              "payment_token",
              random.nextInt(4) == 0
                  ? "pm_card_authenticationFailed"
                  : "pm_card_authenticationRequired")
          .put("return_url", "https://shop.test/return");
    } else if (disputing && random.nextInt(4) == 0) {
      order
          .put("gateway", GATEWAYS.get(random.nextInt(GATEWAYS.size())))
          .put(
              "payment_token",
              random.nextBoolean()
                  ? "pm_card_refundFail"
                  : DISPUTED.get(random.nextInt(DISPUTED.size())));
    }
    bodies.put(id, order.encode());
    CompletableFuture<Outcome> answer = send(order.encode(), id);
    if (isManual) {
      answer = answer.thenCompose(outcome -> captureOrVoid(outcome, id, random));
    }
    CompletableFuture<Outcome> duplicate =
        !isManual && random.nextInt(3) == 0 ? send(order.encode(), id) : answer;
    answer
        .thenCombine(duplicate, (one, other) -> recordEqual(id, one, other))
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                mismatches.add(id + ": " + failure);
              }
              CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS)
                  .execute(() -> next(random));
            });
  }

  /** Captures all or part of a payment, or voids it, unless its authorization was declined. */
  private CompletableFuture<Outcome> captureOrVoid(
      Outcome authorized, String order, SplittableRandom random) {
    if (authorized.status() != 201) {
      return CompletableFuture.completedFuture(authorized);
    }
    boolean isVoid = random.nextInt(3) == 0;
    String body = random.nextBoolean() || isVoid ? "{}" : "{\"amount\":\"0.75\"}";
    return step(authorized.id() + (isVoid ? "/void" : "/capture"), body, order + "-step");
  }

  /**
   * Repeats a request until it is carried out: each rejection left the payment authorized. Fails if
   * it was carried out although it was rejected.
   */
  private CompletableFuture<Outcome> step(String path, String body, String key) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(payments.get() + "/" + path))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", '"' + key + '"')
            .timeout(REQUEST_TIMEOUT)
            .POST(BodyPublishers.ofString(body))
            .build();
    return RunningService.CLIENT
        .sendAsync(request, BodyHandlers.ofString())
        .handle((answer, failure) -> answer)
        .thenCompose(
            answer -> {
              if (answer != null && answer.statusCode() == DONE) {
                return CompletableFuture.completedFuture(new Outcome(DONE, answer.body()));
              }
              if (answer != null && SETTLED.matcher(answer.body()).find()) {
                return CompletableFuture.failedFuture(new AssertionError(path + answer.body()));
              }
              return CompletableFuture.supplyAsync(() -> key, DELAYED)
                  .thenCompose(same -> step(path, body, same));
            });
  }

  private Outcome recordEqual(String id, Outcome one, Outcome other) {
    if (!one.isOfSamePayment(other)) {
      mismatches.add(id + " was answered with " + one + " and with " + other);
    } else if (!one.equals(other)) {
      changed.add(one.id());
    }
    outcomes.put(id, one);
    return one;
  }

  private CompletableFuture<Outcome> send(String body, String key) {
    HttpRequest request =
        HttpRequest.newBuilder(payments.get())
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", '"' + key + '"')
            .timeout(REQUEST_TIMEOUT)
            .POST(BodyPublishers.ofString(body))
            .build();
    return RunningService.CLIENT
        .sendAsync(request, BodyHandlers.ofString())
        .handle((answer, failure) -> answer)
        .thenCompose(answer -> isFinal(answer) ? outcome(answer) : sendAgain(body, key));
  }

  private static boolean isFinal(HttpResponse<String> answer) {
    return answer != null && !PENDING_STATUSES.contains(answer.statusCode());
  }

  private static CompletableFuture<Outcome> outcome(HttpResponse<String> answer) {
    return FINAL_STATUSES.contains(answer.statusCode())
        ? CompletableFuture.completedFuture(new Outcome(answer.statusCode(), answer.body()))
        : CompletableFuture.failedFuture(
            new AssertionError(answer.statusCode() + " " + answer.body()));
  }

  private CompletableFuture<Outcome> sendAgain(String body, String key) {
    return CompletableFuture.supplyAsync(() -> key, DELAYED)
        .thenCompose(sameKey -> send(body, sameKey));
  }

  private JsonObject order(SplittableRandom random) {
    JsonObject order =
        RunningService.order(
                new UUID(random.nextLong(), random.nextLong()).toString(),
                "%d.%02d".formatted(random.nextInt(1, 2000), random.nextInt(100)))
            .put("user_tier", TIERS.get(random.nextInt(TIERS.size())));
    return random.nextBoolean()
        ? order
        : order.put("gateway", gateways.get(random.nextInt(gateways.size())));
  }

  /**
   * Sends orders again, and waits for their outcomes. Each has to be that of the same payment as
   * before.
   */
  public void repeat(Collection<String> orders) {
    orders.stream()
        .map(id -> send(String.valueOf(bodies.get(id)), id).thenAccept(o -> recordSame(id, o)))
        .toList()
        .forEach(CompletableFuture::join);
  }

  private void recordSame(String id, Outcome repeated) {
    Outcome first = Objects.requireNonNull(outcomes.get(id));
    if (!repeated.isOfSamePayment(first)) {
      mismatches.add(id + " was answered with " + first + " and later with " + repeated);
    }
  }

  /** Starts no new orders; returns when the last one has its final response. */
  public void stop() {
    stopped = true;
    clients.arriveAndAwaitAdvance();
  }

  /** Returns the final responses by order. */
  public Map<String, Outcome> outcomes() {
    return outcomes;
  }

  /** Returns unexpected responses. */
  public List<String> mismatches() {
    return List.copyOf(mismatches);
  }

  /**
   * Returns the ids of payments that were sent twice at once and had equal outcomes, but different
   * responses.
   */
  public Set<String> changed() {
    return Set.copyOf(changed);
  }

  /** Starts no new orders; does not wait for responses. */
  @Override
  public void close() {
    stopped = true;
  }
}
