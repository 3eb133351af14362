package dev.paymeter.gateway.stripe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.simulator.SimulatedCharge;
import dev.paymeter.gateway.simulator.SimulatedCharge.Outcome;
import dev.paymeter.payment.DisputeStatus;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.port.GatewayDispute;
import dev.paymeter.support.Await;
import dev.paymeter.support.TestVertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The stand-in for Stripe in trials of the whole service. Some requests meet a fault, some payments
 * are declined or take their time, and some payers do not pass their authentication. Some payments
 * are disputed, and some refunds fail after they have succeeded. Each change of a payment, a refund
 * or a dispute is sent in a webhook, until the service accepts it: sometimes late, sometimes twice,
 * possibly before the response to the request.
 */
public final class UnreliableStripe implements AutoCloseable {
  private static final List<String> PATHS =
      List.of("/payment_intents", "/confirm", "/capture", "/cancel", "/refunds");
  private static final List<Integer> STATUSES = List.of(0, 409, 429, 500);
  private static final int TICK_MILLIS = 20;

  /** The service is unavailable, has no evidence yet, or waits for the response to a refund. */
  private static final Set<Integer> REPEATED = Set.of(503, 409);

  /** The first states of disputes and warnings. */
  private static final List<String> FIRST_STATES =
      List.of("needs_response", "needs_response", "warning_needs_response", "lost");

  /** The states that can follow, the likely ones several times. */
  private static final Map<String, List<String>> NEXT_STATES =
      Map.of(
          "warning_needs_response",
          List.of("warning_under_review", "warning_closed", "needs_response"),
          "warning_under_review",
          List.of("warning_closed", "needs_response"),
          "needs_response",
          List.of("under_review", "under_review", "won", "lost"),
          "under_review",
          List.of("needs_response", "won", "lost"),
          "lost",
          List.of("lost", "lost", "lost", "won"));

  private final FakeStripe stripe = new FakeStripe(TestVertx.SHARED);
  private final SplittableRandom random;
  private final Supplier<URI> webhooks;
  private final ScheduledExecutorService ticks = Executors.newSingleThreadScheduledExecutor();

  /** The statuses of the intents, refunds and disputes that were reported. */
  private final Map<String, String> reported = new HashMap<>();

  /** Webhooks that the service has not accepted, and that are to be repeated. */
  private final ConcurrentLinkedQueue<String> unsent = new ConcurrentLinkedQueue<>();

  /** The number of webhooks that the service has not accepted. */
  private final AtomicInteger open = new AtomicInteger();

  /** True when no dispute begins or changes any more, and no refund fails. */
  private boolean isSettling;

  private final Map<String, Integer> outcomes = new ConcurrentHashMap<>();
  private volatile @Nullable Throwable failure;

  /**
   * @param webhooks the address, read before each webhook
   */
  public UnreliableStripe(SplittableRandom random, Supplier<URI> webhooks) {
    this.random = random;
    this.webhooks = webhooks;
    ticks.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * Returns the settings of a gateway of this kind.
   *
   * @param directory for the file of its secrets
   */
  public Map<String, String> settings(String gateway, Path directory) throws IOException {
    return stripe.settings(gateway, directory);
  }

  private void tick() {
    try {
      change();
    } catch (RuntimeException | AssertionError e) {
      failure = e;
    }
  }

  private void change() {
    if (random.nextInt(10) == 0) {
      for (int left = unsent.size(); left > 0; left--) {
        attempt(unsent.remove());
      }
    }
    synchronized (stripe) {
      stripe.now = Instant.now().getEpochSecond();
      stripe.card = card();
      if (stripe.troubles.isEmpty() && random.nextInt(10) == 0) {
        stripe.trouble(any(PATHS), any(STATUSES), random.nextBoolean(), "api_error");
      }
      if (random.nextInt(20) == 0) {
        stripe.payersReturn(random.nextInt(4) > 0);
      }
      if (!isSettling) {
        changeLater();
      }
      List.copyOf(stripe.intents.values()).forEach(this::change);
      stripe.refunds.values().forEach(this::reportRefund);
      stripe.disputes.values().forEach(this::reportDispute);
    }
  }

  /** Begins or changes a dispute, or lets a refund fail, about once a second each. */
  private void changeLater() {
    if (random.nextInt(50) == 0) {
      any(stripe.intents, "succeeded"::equals)
          .ifPresent(intent -> stripe.dispute(payment(intent), any(FIRST_STATES)));
    }
    if (random.nextInt(50) == 0) {
      any(stripe.refunds, "succeeded"::equals)
          .ifPresent(refund -> stripe.failLater(refund.getString("id")));
    }
    if (random.nextInt(10) == 0) {
      any(stripe.disputes, NEXT_STATES::containsKey)
          .ifPresent(
              dispute ->
                  stripe.changeDispute(
                      dispute.getString("id"), any(NEXT_STATES.get(dispute.getString("status")))));
    }
  }

  private static String payment(JsonObject intent) {
    return intent.getJsonObject("metadata").getString("paymeter_payment_id");
  }

  private Optional<JsonObject> any(Map<String, JsonObject> objects, Predicate<String> status) {
    List<JsonObject> found =
        objects.values().stream()
            .filter(object -> status.test(object.getString("status")))
            .toList();
    return found.isEmpty() ? Optional.empty() : Optional.of(any(found));
  }

  private FakeStripe.Card card() {
    return switch (random.nextInt(10)) {
      case 0 -> FakeStripe.Card.DECLINES;
      case 1 -> FakeStripe.Card.TAKES_ITS_TIME;
      default -> FakeStripe.Card.APPROVES;
    };
  }

  private <T> T any(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  private void change(JsonObject intent) {
    String status = intent.getString("status");
    if (status.equals("processing") && random.nextInt(20) == 0) {
      stripe.finish(payment(intent), true);
    } else {
      report(intent, type(status));
    }
  }

  private void reportRefund(JsonObject refund) {
    report(
        refund, refund.getString("status").equals("failed") ? "refund.failed" : "refund.updated");
  }

  private void reportDispute(JsonObject dispute) {
    String id = dispute.getString("id");
    boolean isNew = !reported.containsKey(id);
    if (report(dispute, isNew ? "charge.dispute.created" : "charge.dispute.updated")
        && stripe.troubles.isEmpty()
        && random.nextInt(10) == 0) {
      stripe.trouble("/" + id, any(STATUSES), false, "api_error");
    }
  }

  /** Sends a webhook if the status is a new one, or leaves that to a later tick. */
  private boolean report(JsonObject object, String type) {
    String id = object.getString("id");
    String status = object.getString("status");
    boolean isDue = !status.equals(reported.get(id)) && random.nextBoolean();
    if (isDue) {
      reported.put(id, status);
      String event = StripeEvents.event(type, object).encode();
      send(event);
      if (random.nextInt(5) == 0) {
        send(event);
      }
    }
    return isDue;
  }

  private static String type(String status) {
    return "payment_intent."
        + switch (status) {
          case "requires_payment_method" -> "payment_failed";
          case "requires_capture" -> "amount_capturable_updated";
          case "requires_confirmation" -> "created";
          default -> status;
        };
  }

  private void send(String event) {
    open.incrementAndGet();
    attempt(event);
  }

  private void attempt(String event) {
    StripeEvents.sendLater(webhooks.get(), event, StripeEvents.sign(StripeEvents.SECRET, event))
        .whenComplete(
            (answer, failure) -> {
              if (failure != null || REPEATED.contains(answer.statusCode())) {
                unsent.add(event);
              } else {
                open.decrementAndGet();
                outcomes.merge(
                    answer.statusCode() == 200
                        ? new JsonObject(answer.body()).getString("outcome")
                        : answer.statusCode() + " " + answer.body(),
                    1,
                    Integer::sum);
              }
            });
  }

  /** Returns the number of webhooks that the service has received, by its outcome. */
  public Map<String, Integer> outcomes() {
    return Map.copyOf(outcomes);
  }

  /**
   * Carries out a refund that it has not received: the request may arrive as long as its key is
   * valid, and until then, the outcome is unknown.
   */
  public void receiveLate(UUID payment, UUID refund, UUID gatewayKey, BigInteger amountMinor) {
    synchronized (stripe) {
      if (stripe.refunds.values().stream().noneMatch(known -> key(known).equals(gatewayKey))) {
        stripe.receiveLate(
            Map.of(
                "payment_intent",
                stripe.intentOf(payment.toString()).getString("id"),
                "amount",
                amountMinor.toString(),
                "metadata[paymeter_gateway_key]",
                gatewayKey.toString(),
                "metadata[paymeter_refund_id]",
                refund.toString(),
                "metadata[paymeter_payment_id]",
                payment.toString()));
      }
    }
  }

  /** Ends all changes, and returns when the service has accepted the webhooks about them. */
  public void settle() {
    synchronized (stripe) {
      isSettling = true;
    }
    Await.eventually(
        Await.LONG_RUN,
        () -> {
          synchronized (stripe) {
            assertThat(
                    Stream.of(stripe.refunds, stripe.disputes)
                        .flatMap(objects -> objects.values().stream())
                        .filter(
                            object ->
                                !object
                                    .getString("status")
                                    .equals(reported.get(object.getString("id")))))
                .as("not reported")
                .isEmpty();
          }
          assertThat(open.get()).as("webhooks that are not accepted").isZero();
        });
  }

  /** Returns what it has on record of payments and refunds, by the gateway keys. */
  public Map<UUID, SimulatedCharge> charges() {
    Map<UUID, SimulatedCharge> charges = new HashMap<>();
    synchronized (stripe) {
      Stream.concat(
              stripe.intents.values().stream().map(UnreliableStripe::charge),
              stripe.refunds.values().stream().map(this::refund))
          .forEach(charge -> charges.put(charge.reference(), charge));
    }
    return charges;
  }

  private static UUID key(JsonObject object) {
    return UUID.fromString(object.getJsonObject("metadata").getString("paymeter_gateway_key"));
  }

  private SimulatedCharge refund(JsonObject refund) {
    JsonObject metadata = refund.getJsonObject("metadata");
    JsonObject intent = stripe.intents.get(refund.getString("payment_intent"));
    return new SimulatedCharge(
        key(refund),
        UUID.fromString(metadata.getString("paymeter_refund_id")),
        key(intent),
        refund.getString("status").equals("succeeded") ? Outcome.APPROVED : Outcome.REFUSED,
        intent.getJsonObject("metadata").getString("paymeter_order_id"),
        BigInteger.valueOf(refund.getLong("amount")),
        refund.getString("currency").toUpperCase(Locale.ROOT),
        null,
        Instant.ofEpochSecond(refund.getLong("created")),
        1);
  }

  /** Returns its disputes. */
  public List<GatewayDispute> disputes() {
    synchronized (stripe) {
      return stripe.disputes.values().stream().map(this::dispute).toList();
    }
  }

  private GatewayDispute dispute(JsonObject dispute) {
    JsonObject intent = stripe.intents.get(dispute.getString("payment_intent"));
    boolean isCharged = !dispute.getJsonArray("balance_transactions").isEmpty();
    return new GatewayDispute(
        dispute.getString("id"),
        UUID.fromString(payment(intent)),
        key(intent),
        DisputeStatus.of(dispute.getString("status")),
        dispute.getString("reason"),
        money(dispute.getLong("amount"), dispute),
        Instant.ofEpochSecond(dispute.getJsonObject("evidence_details").getLong("due_by")),
        isCharged ? money(FakeStripe.DISPUTE_FEE, dispute) : null,
        Instant.ofEpochSecond(dispute.getLong("created")));
  }

  private static Money money(long minor, JsonObject dispute) {
    Currency currency =
        Currency.getInstance(dispute.getString("currency").toUpperCase(Locale.ROOT));
    return Money.of(BigDecimal.valueOf(minor, currency.getDefaultFractionDigits()), currency);
  }

  private static SimulatedCharge charge(JsonObject intent) {
    JsonObject metadata = intent.getJsonObject("metadata");
    boolean isPaid = intent.getString("status").equals("succeeded");
    return new SimulatedCharge(
        UUID.fromString(metadata.getString("paymeter_gateway_key")),
        UUID.fromString(metadata.getString("paymeter_payment_id")),
        null,
        switch (intent.getString("status")) {
          case "succeeded" -> Outcome.APPROVED;
          case "requires_capture" -> Outcome.AUTHORIZED;
          case "canceled" -> Outcome.CANCELED;
          default -> Outcome.REFUSED;
        },
        metadata.getString("paymeter_order_id"),
        BigInteger.valueOf(intent.getLong(isPaid ? "amount_received" : "amount")),
        intent.getString("currency").toUpperCase(Locale.ROOT),
        null,
        Instant.ofEpochSecond(intent.getLong("created")),
        1);
  }

  /**
   * @throws AssertionError as {@link FakeStripe#close()}, or if a webhook could not be created
   */
  @Override
  public void close() {
    ticks.shutdownNow();
    stripe.close();
    if (failure != null) {
      throw new AssertionError(failure);
    }
  }
}
