package dev.paymeter.payment.service;

import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.PaymentLedger.AuthorizedTotal;
import dev.paymeter.payment.port.Scheduler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * A periodic task of each instance that reads the totals of authorized payments. They change
 * slowly: authorizations last for days.
 */
public final class AuthorizationMonitor {
  static final Duration RUN_INTERVAL = Duration.ofSeconds(5);

  private AuthorizationMonitor() {}

  /**
   * Returns a monitor, which is not started. Its first run is at once.
   *
   * @param showAuthorized receives the totals at each run
   */
  public static PeriodicTask of(
      PaymentLedger paymentLedger,
      Consumer<List<AuthorizedTotal>> showAuthorized,
      Scheduler scheduler) {
    AtomicReference<Duration> interval = new AtomicReference<>(Duration.ZERO);
    return new PeriodicTask(
        scheduler,
        () -> interval.getAndSet(RUN_INTERVAL),
        () ->
            Futures.attempt(paymentLedger::authorizedByGateway)
                .onSuccess(showAuthorized::accept)
                .onFailure(
                    failure ->
                        Futures.logUnlessUnavailable(
                            "Cannot read the authorized payments", failure)));
  }
}
