package dev.paymeter.payment.service;

import dev.paymeter.payment.port.DisputeLedger;
import dev.paymeter.payment.port.DisputeLedger.OpenTotal;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.Scheduler;
import java.util.List;
import java.util.function.Consumer;

/** A periodic task of each instance that reads the totals of open disputes. */
public final class DisputeMonitor {
  private DisputeMonitor() {}

  /**
   * Returns a monitor, which is not started. Its first run is at once.
   *
   * @param showOpen receives the totals at each run
   */
  public static PeriodicTask of(
      DisputeLedger disputeLedger, Consumer<List<OpenTotal>> showOpen, Scheduler scheduler) {
    return new PeriodicTask(
        scheduler,
        AuthorizationMonitor.intervals(),
        () ->
            Futures.attempt(disputeLedger::openByGateway)
                .onSuccess(showOpen::accept)
                .onFailure(
                    failure ->
                        Futures.logUnlessUnavailable("Cannot read the open disputes", failure)));
  }
}
