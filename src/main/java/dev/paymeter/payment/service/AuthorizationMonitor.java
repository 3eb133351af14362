package dev.paymeter.payment.service;

import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.PaymentLedger.AuthorizedTotal;
import dev.paymeter.payment.port.PaymentLedger.WaitingTotal;
import dev.paymeter.payment.port.Scheduler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A periodic task of each instance that reads the totals of payments that wait: for their capture,
 * or for their payer. They change slowly: authorizations last for days.
 */
public final class AuthorizationMonitor {
  static final Duration RUN_INTERVAL = Duration.ofSeconds(5);

  private AuthorizationMonitor() {}

  /**
   * Returns a monitor, which is not started. Its first run is at once.
   *
   * @param showAuthorized receives the totals of authorized payments at each run
   * @param showWaiting receives those of payments that require an action
   */
  public static PeriodicTask of(
      PaymentLedger paymentLedger,
      Consumer<List<AuthorizedTotal>> showAuthorized,
      Consumer<List<WaitingTotal>> showWaiting,
      Scheduler scheduler) {
    return new PeriodicTask(
        scheduler,
        intervals(),
        () ->
            Futures.attempt(paymentLedger::authorizedByGateway)
                .onSuccess(showAuthorized::accept)
                .compose(shown -> paymentLedger.waitingByGateway())
                .onSuccess(showWaiting::accept)
                .onFailure(
                    failure ->
                        Futures.logUnlessUnavailable(
                            "Cannot read the authorized and waiting payments", failure)));
  }

  /** Returns the intervals of a task that runs at once, and then regularly. */
  static Supplier<Duration> intervals() {
    AtomicReference<Duration> interval = new AtomicReference<>(Duration.ZERO);
    return () -> interval.getAndSet(RUN_INTERVAL);
  }
}
