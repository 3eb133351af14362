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

/** A gateway behind a bulkhead, a circuit breaker and a response timeout, with their counters. */
public final class GuardedGateway implements Gateway {
  /** The number of most recent transfers in the circuit breaker's window. */
  public static final int WINDOW = 100;

  private static final int TRIALS = 3;

  private final String name;
  private final LimitedGateway limited;
  private final BreakingGateway breaking;
  private final TimeLimitedGateway timeLimited;
  private final CircuitBreaker breaker;

  /**
   * Limits for one gateway.
   *
   * @param timeout longest wait for one response
   * @param maxInFlight most payments and refunds in flight at a time
   * @param failureRate share of failures among the last 100 transfers at which the circuit breaker
   *     opens, above 0 to 1
   * @param minimumCalls transfers required before the circuit breaker can open, 1 to 100
   * @param openDuration time for which the circuit breaker stays open; it then permits three trials
   */
  public record Guards(
      Duration timeout,
      int maxInFlight,
      double failureRate,
      int minimumCalls,
      Duration openDuration) {}

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
                WINDOW, guards.minimumCalls(), guards.failureRate(), guards.openDuration(), TRIALS),
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

  /** Returns the number of payments and refunds in flight. */
  public int inFlight() {
    return limited.inFlight();
  }

  /** Returns the number of transfers rejected by the bulkhead. */
  public long rejectedAsFull() {
    return limited.rejected();
  }

  /** Returns the number of transfers rejected by the circuit breaker. */
  public long rejectedAsOpen() {
    return breaking.rejected();
  }

  /** Returns the number of responses that timed out. */
  public long timeouts() {
    return timeLimited.timeouts();
  }

  /** Returns the circuit breaker's state: one of {@link #states}. */
  public String state() {
    return breaker.state().label();
  }

  public static List<String> states() {
    return Arrays.stream(CircuitBreaker.State.values()).map(CircuitBreaker.State::label).toList();
  }
}
