package dev.paymeter.gateway;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.GatewayCapabilities;
import dev.paymeter.payment.port.GatewayDispute;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.GatewayTimeoutException;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.RecordedCharge;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Decorates a gateway with a bulkhead, a circuit breaker and a response timeout, and counts what
 * they reject. Payments and refunds pass all three; inquiries have only the timeout: their number
 * is bounded by the reconciler, and they are the evidence that resolves unknown outcomes.
 *
 * <p>After the timeout, the outcome is unknown until an inquiry or a late response, which is passed
 * on with {@link GatewayTimeoutException}. A gateway may keep the same timeout itself, so that it
 * can release its connections. {@link Future#timeout} is not used: a future without a context would
 * fail on Netty's global executor, outside the request's context and its log fields.
 */
public final class ResilientGateway implements PaymentGateway {
  /** The number of most recent transfers in the circuit breaker's window. */
  public static final int WINDOW = 100;

  private static final int TRIALS = 3;
  private static final GatewayResult FULL =
      GatewayResult.notSubmitted(
          FailureCode.GATEWAY_BUSY,
          "Too many requests to the gateway are in progress; it was not called");
  private static final GatewayResult OPEN =
      GatewayResult.notSubmitted(
          FailureCode.GATEWAY_UNAVAILABLE, "The gateway fails at present, and was not called");

  private final String name;
  private final PaymentGateway paymentGateway;
  private final Guards guards;
  private final Scheduler scheduler;
  private final Semaphore permits;
  private final CircuitBreaker breaker;
  private final LongAdder rejectedAsFull = new LongAdder();
  private final LongAdder rejectedAsOpen = new LongAdder();
  private final LongAdder timeouts = new LongAdder();

  /**
   * Limits for one gateway.
   *
   * @param timeout maximum wait for one response
   * @param maxInFlight maximum number of payments and refunds in flight
   * @param failureRate share of failures among the last 100 transfers at which the circuit breaker
   *     opens, above 0 to 1
   * @param minimumCalls transfers required before the circuit breaker can open, 1 to 100
   * @param openDuration time for which the circuit breaker stays open; then it permits three trial
   *     calls
   */
  public record Guards(
      Duration timeout,
      int maxInFlight,
      double failureRate,
      int minimumCalls,
      Duration openDuration) {}

  public ResilientGateway(
      String name,
      PaymentGateway paymentGateway,
      Guards guards,
      Scheduler scheduler,
      LongSupplier nanoTime) {
    this.name = name;
    this.paymentGateway = paymentGateway;
    this.guards = guards;
    this.scheduler = scheduler;
    this.permits = new Semaphore(guards.maxInFlight());
    this.breaker = new CircuitBreaker(guards, WINDOW, TRIALS, nanoTime);
  }

  @Override
  public Optional<String> account(String gateway) {
    return paymentGateway.account(gateway);
  }

  @Override
  public GatewayCapabilities capabilities(String gateway) {
    return paymentGateway.capabilities(gateway);
  }

  @Override
  public Future<GatewayResult> charge(Payment payment) {
    return guarded(() -> paymentGateway.charge(payment));
  }

  @Override
  public Future<GatewayResult> resolve(Payment payment) {
    return withTimeout(paymentGateway.resolve(payment));
  }

  @Override
  public Future<GatewayResult> capture(Payment payment) {
    return guarded(() -> paymentGateway.capture(payment));
  }

  @Override
  public Future<GatewayResult> cancel(Payment payment) {
    return guarded(() -> paymentGateway.cancel(payment));
  }

  @Override
  public Future<GatewayResult> refund(Refund refund) {
    return guarded(() -> paymentGateway.refund(refund));
  }

  @Override
  public Future<GatewayResult> resolveRefund(Refund refund) {
    return withTimeout(paymentGateway.resolveRefund(refund));
  }

  @Override
  public Future<Optional<GatewayDispute>> dispute(String gateway, String reference) {
    return withTimeout(
        paymentGateway.dispute(gateway, reference),
        () -> new TimeoutException("no response of gateway " + name));
  }

  /** Has no limits: it is read before payments are accepted, and takes as long as it takes. */
  @Override
  public Future<Void> recordedCharges(
      Instant since, Function<List<RecordedCharge>, Future<Void>> page) {
    return paymentGateway.recordedCharges(since, page);
  }

  private Future<GatewayResult> guarded(Supplier<Future<GatewayResult>> request) {
    if (!permits.tryAcquire()) {
      rejectedAsFull.increment();
      return Future.succeededFuture(FULL);
    }
    long call = breaker.tryBegin();
    if (call < 0) {
      permits.release();
      rejectedAsOpen.increment();
      return Future.succeededFuture(OPEN);
    }
    return Futures.attempt(() -> withTimeout(request.get()))
        .onComplete(
            response -> {
              // The gateway worked if no other one may charge; a decline counts as success.
              breaker.record(call, response.succeeded() && !response.result().canFailOver());
              permits.release();
            });
  }

  private Future<GatewayResult> withTimeout(Future<GatewayResult> response) {
    return withTimeout(
        response, () -> new GatewayTimeoutException(name, guards.timeout(), response));
  }

  private <T> Future<T> withTimeout(Future<T> response, Supplier<Exception> timeout) {
    if (response.isComplete()) {
      return response;
    }
    Promise<T> first = Promise.promise();
    Runnable cancel = scheduler.after(guards.timeout(), () -> first.tryFail(timeout.get()));
    response.onComplete(ended -> cancel.run()).onComplete(first::tryComplete, first::tryFail);
    return first
        .future()
        .onFailure(
            failure -> {
              if (failure instanceof GatewayTimeoutException
                  || failure instanceof TimeoutException) {
                timeouts.increment();
              }
            });
  }

  /** Returns the number of payments and refunds in flight. */
  public int inFlight() {
    return guards.maxInFlight() - permits.availablePermits();
  }

  /** Returns the number of transfers rejected by the bulkhead. */
  public long rejectedAsFull() {
    return rejectedAsFull.sum();
  }

  /** Returns the number of transfers rejected by the circuit breaker. */
  public long rejectedAsOpen() {
    return rejectedAsOpen.sum();
  }

  /** Returns the number of responses that timed out. */
  public long timeouts() {
    return timeouts.sum();
  }

  /** Returns the circuit breaker's state: one of {@link #states}. */
  public String state() {
    return breaker.state().label();
  }

  public static List<String> states() {
    return Arrays.stream(CircuitBreaker.State.values()).map(CircuitBreaker.State::label).toList();
  }
}
