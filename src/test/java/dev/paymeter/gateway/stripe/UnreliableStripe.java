package dev.paymeter.gateway.stripe;

import dev.paymeter.gateway.simulator.SimulatedCharge;
import dev.paymeter.gateway.simulator.SimulatedCharge.Outcome;
import dev.paymeter.support.TestVertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The stand-in for Stripe in trials of the whole service. Some requests meet a fault, some payments
 * are declined or take their time, and some payers do not pass their authentication. Each change of
 * a payment is sent in a webhook, until the service responds: sometimes late, sometimes twice,
 * possibly before the response to the request.
 */
public final class UnreliableStripe implements AutoCloseable {
  private static final List<String> PATHS =
      List.of("/payment_intents", "/confirm", "/capture", "/cancel");
  private static final List<Integer> STATUSES = List.of(0, 409, 429, 500);
  private static final int TICK_MILLIS = 20;

  private final FakeStripe stripe = new FakeStripe(TestVertx.SHARED);
  private final SplittableRandom random;
  private final Supplier<URI> webhooks;
  private final ScheduledExecutorService ticks = Executors.newSingleThreadScheduledExecutor();

  /** The statuses of the intents that were reported. */
  private final Map<String, String> reported = new HashMap<>();

  /** Webhooks that the service has not received. */
  private final ConcurrentLinkedQueue<String> unsent = new ConcurrentLinkedQueue<>();

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
    List<String> again = new ArrayList<>(unsent);
    unsent.clear();
    again.forEach(this::send);
    synchronized (stripe) {
      stripe.now = Instant.now().getEpochSecond();
      stripe.card = card();
      if (stripe.troubles.isEmpty() && random.nextInt(10) == 0) {
        stripe.trouble(any(PATHS), any(STATUSES), random.nextBoolean(), "api_error");
      }
      if (random.nextInt(20) == 0) {
        stripe.payersReturn(random.nextInt(4) > 0);
      }
      List.copyOf(stripe.intents.values()).forEach(this::change);
    }
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
      stripe.finish(intent.getJsonObject("metadata").getString("paymeter_payment_id"), true);
    } else if (!status.equals(reported.get(intent.getString("id"))) && random.nextBoolean()) {
      reported.put(intent.getString("id"), status);
      String event = StripeEvents.event(type(status), intent).encode();
      send(event);
      if (random.nextInt(5) == 0) {
        send(event);
      }
    }
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
    StripeEvents.sendLater(webhooks.get(), event, StripeEvents.sign(StripeEvents.SECRET, event))
        .whenComplete(
            (answer, failure) -> {
              if (failure != null || answer.statusCode() == 503) {
                unsent.add(event);
              } else {
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

  /** Returns what it has on record, by the gateway keys. */
  public Map<UUID, SimulatedCharge> charges() {
    Map<UUID, SimulatedCharge> charges = new HashMap<>();
    synchronized (stripe) {
      stripe.intents.values().stream()
          .map(UnreliableStripe::charge)
          .forEach(charge -> charges.put(charge.reference(), charge));
    }
    return charges;
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
