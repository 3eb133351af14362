package dev.paymeter.gateways;

import dev.paymeter.payments.Authorization;
import dev.paymeter.payments.Gateway;
import dev.paymeter.payments.Pauses;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentException;
import dev.paymeter.payments.PaymentGatewayException;
import dev.paymeter.payments.PaymentValidationException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A gateway that moves no money: it answers as a real one would, late and sometimes with a refusal.
 * With one seed the nth payment that a gateway of one name receives always draws the same luck,
 * whichever thread sends it; a repeated one gets its first answer again. Safe from any thread.
 */
public final class SimulatedGateway implements Gateway {
  private static final Duration BASE_DELAY = Duration.ofMillis(100);
  private static final double PREMIUM_FACTOR = 0.8;
  private static final double HIGH_VALUE_FACTOR = 1.5;
  private static final double JITTER_SECONDS = 0.3;
  private static final double GATEWAY_SHARE_OF_FAILURES = 0.3;
  private static final String PREMIUM = "premium";
  private static final Authorization NEVER_RECEIVED =
      new Authorization.NotAsked(new PaymentGatewayException("The gateway never received it"));

  private final String name;
  private final Behaviour behaviour;
  private final Pauses pauses;
  private final AtomicLong requests = new AtomicLong();
  private final Map<UUID, Future<Authorization>> answers = new ConcurrentHashMap<>();

  /**
   * How a simulated gateway behaves.
   *
   * @param seed of the random source
   * @param timeScale what its delays are multiplied with; 0 answers at once
   * @param failureRate share of payments that fail, 0 to 1
   * @param premiumFailureRate the same for tier premium
   */
  public record Behaviour(
      long seed, double timeScale, double failureRate, double premiumFailureRate) {}

  public SimulatedGateway(String name, Behaviour behaviour, Pauses pauses) {
    this.name = name;
    this.behaviour = behaviour;
    this.pauses = pauses;
  }

  @Override
  public Future<Authorization> charge(Payment payment) {
    return answers.computeIfAbsent(payment.id(), id -> decide(payment));
  }

  /** A payment that it has not received is noted as one that it will never charge. */
  @Override
  public Future<Authorization> resolve(Payment payment) {
    return answers.computeIfAbsent(payment.id(), id -> Future.succeededFuture(NEVER_RECEIVED));
  }

  private Future<Authorization> decide(Payment payment) {
    SplittableRandom luck = luckOf(requests.incrementAndGet());
    // Every request draws all three, so that one payment's tier cannot shift another's luck.
    double jitter = luck.nextDouble();
    double failure = luck.nextDouble();
    double kind = luck.nextDouble();
    Authorization answer =
        failure < failureRate(payment)
            ? new Authorization.Refused(error(kind))
            : new Authorization.Approved("sim_" + payment.id());
    return wait(delay(payment, jitter)).map(answer);
  }

  private Future<Void> wait(Duration delay) {
    return delay.toMillis() < 1 ? Future.succeededFuture() : pauses.pause(delay);
  }

  private Duration delay(Payment payment, double jitter) {
    double factor =
        isPremium(payment) ? PREMIUM_FACTOR : payment.isHighValue() ? HIGH_VALUE_FACTOR : 1;
    double seconds = BASE_DELAY.toMillis() / 1e3 * factor + JITTER_SECONDS * jitter;
    return Duration.ofNanos(Math.round(seconds * 1e9 * behaviour.timeScale()));
  }

  private double failureRate(Payment payment) {
    return isPremium(payment) ? behaviour.premiumFailureRate() : behaviour.failureRate();
  }

  private static PaymentException error(double kind) {
    return kind < GATEWAY_SHARE_OF_FAILURES
        ? new PaymentGatewayException("Gateway timeout")
        : new PaymentValidationException("Invalid payment method");
  }

  private static boolean isPremium(Payment payment) {
    return payment.order().tier().equals(PREMIUM);
  }

  /** The nth request's own generator: seeded, so that it does not matter who else draws when. */
  private SplittableRandom luckOf(long n) {
    return new SplittableRandom(behaviour.seed() ^ mix(name.hashCode()) ^ mix(n));
  }

  /** Spreads close numbers far apart: the finalizer of MurmurHash3 (Appleby, 2011). */
  private static long mix(long z) {
    z = (z ^ (z >>> 33)) * 0xff51afd7ed558ccdL;
    z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return z ^ (z >>> 33);
  }
}
