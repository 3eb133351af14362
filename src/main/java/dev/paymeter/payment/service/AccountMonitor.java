package dev.paymeter.payment.service;

import dev.paymeter.payment.port.AccountRegistry;
import dev.paymeter.payment.port.AccountRegistry.MissingAccount;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.GatewayAccount;
import dev.paymeter.payment.port.Scheduler;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A periodic task of each instance that registers the accounts of its gateways, which may become
 * known after the start, and looks for unresolved payments and refunds in accounts that no running
 * instance has.
 */
public final class AccountMonitor {
  static final Duration RUN_INTERVAL = Duration.ofSeconds(5);

  private AccountMonitor() {}

  /**
   * Returns a monitor, which is not started.
   *
   * @param accounts the accounts of this process's gateways
   * @param showMissing receives the missing accounts at each run
   */
  public static PeriodicTask of(
      AccountRegistry accountRegistry,
      Supplier<List<GatewayAccount>> accounts,
      Consumer<List<MissingAccount>> showMissing,
      Scheduler scheduler) {
    return new PeriodicTask(
        scheduler,
        RUN_INTERVAL,
        () ->
            Futures.attempt(() -> accountRegistry.register(accounts.get()))
                .compose(registered -> accountRegistry.missing())
                .onSuccess(showMissing::accept)
                .onFailure(
                    failure ->
                        Futures.logUnlessUnavailable(
                            "Cannot look for accounts that no instance has", failure)));
  }
}
