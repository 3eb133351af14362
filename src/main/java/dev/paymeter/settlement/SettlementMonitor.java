package dev.paymeter.settlement;

import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.service.PeriodicTask;
import dev.paymeter.settlement.SettlementExceptions.OpenTotal;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** A periodic task of each instance that reads the totals of open exceptions. */
public final class SettlementMonitor {
  static final Duration RUN_INTERVAL = Duration.ofSeconds(5);

  private SettlementMonitor() {}

  /**
   * Returns a monitor, which is not started.
   *
   * @param showOpen receives the totals at each run
   */
  public static PeriodicTask of(
      SettlementExceptions exceptions, Consumer<List<OpenTotal>> showOpen, Scheduler scheduler) {
    return new PeriodicTask(
        scheduler,
        RUN_INTERVAL,
        () ->
            Futures.attempt(exceptions::openByKind)
                .onSuccess(showOpen::accept)
                .onFailure(
                    failure ->
                        Futures.logUnlessUnavailable(
                            "Cannot read the exceptions of settlement files", failure)));
  }
}
