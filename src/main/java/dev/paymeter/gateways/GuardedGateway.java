package dev.paymeter.gateways;

import dev.paymeter.payments.Authorization;
import dev.paymeter.payments.Gateway;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.Refund;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * A gateway behind its guards: a limit of payments and refunds at a time, a circuit breaker, and a
 * time-out for each answer; and what they count.
 */
public final class GuardedGateway implements Gateway {
  /** The payments that the circuit breaker looks at. */
  public static final int WINDOW = 100;

  private static final int TRIALS = 3;

  private final String name;
  private final LimitedGateway limited;
  private final BreakingGateway breaking;
  private final TimeLimitedGateway timeLimited;
  private final CircuitBreaker breaker;

  /**
   * Of one gateway.
   *
   * @param timeout longest wait for one answer
   * @param maxInFlight most payments and refunds that are with it at a time
   * @param failureRate share of the last 100 payments whose failure makes it be left alone, above 0
   *     to 1
   * @param least how many payments there must have been for that, 1 to 100
   * @param pause how long it is left alone then; after that three payments are tried
   */
  public record Guards(
      Duration timeout, int maxInFlight, double failureRate, int least, Duration pause) {}

  /**
   * @param nanoTime a monotonic clock in nanoseconds
   */
  public GuardedGateway(
      String name, Gateway gateway, Guards guards, Alarms alarms, LongSupplier nanoTime) {
    this.name = name;
    this.timeLimited = new TimeLimitedGateway(name, gateway, guards.timeout(), alarms);
    this.breaker =
        new CircuitBreaker(
            new CircuitBreaker.Options(
                WINDOW, guards.least(), guards.failureRate(), guards.pause(), TRIALS),
            nanoTime);
    this.breaking = new BreakingGateway(timeLimited, breaker);
    this.limited = new LimitedGateway(breaking, guards.maxInFlight());
  }

  @Override
  public Future<Authorization> charge(Payment payment) {
    return limited.charge(payment);
  }

  @Override
  public Future<Authorization> resolve(Payment payment) {
    return limited.resolve(payment);
  }

  @Override
  public Future<Authorization> refund(Refund refund) {
    return limited.refund(refund);
  }

  @Override
  public Future<Authorization> resolveRefund(Refund refund) {
    return limited.resolveRefund(refund);
  }

  public String name() {
    return name;
  }

  /** How many payments and refunds are with it now. */
  public int inFlight() {
    return limited.inFlight();
  }

  /** How many of both were not sent for want of a place. */
  public long rejectedAsFull() {
    return limited.rejected();
  }

  /** How many of both were not sent because it failed too often. */
  public long rejectedAsOpen() {
    return breaking.rejected();
  }

  /** How many answers did not come in time. */
  public long timeouts() {
    return timeLimited.timeouts();
  }

  /** The circuit breaker's state: one of {@link #states}. */
  public String state() {
    return breaker.state().label();
  }

  public static List<String> states() {
    return Arrays.stream(CircuitBreaker.State.values()).map(CircuitBreaker.State::label).toList();
  }
}
