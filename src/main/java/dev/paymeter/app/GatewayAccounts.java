package dev.paymeter.app;

import static dev.paymeter.app.BlockingFutures.await;

import dev.paymeter.app.config.Settings;
import dev.paymeter.payment.port.AccountRegistry;
import dev.paymeter.payment.port.AccountRegistry.OtherAccount;
import dev.paymeter.payment.port.GatewayAccount;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.postgres.PostgresAuditStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The gateways of this process and their accounts, as far as they are known.
 *
 * @param options of the gateways, by name
 */
record GatewayAccounts(Map<String, Settings.Gateway> options, PaymentGateway paymentGateway)
    implements Supplier<List<GatewayAccount>> {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(500);

  private static final int MIN_INQUIRIES = 20;
  private static final int MAX_INQUIRIES = 200;
  private static final int INQUIRY_SHARE = 5;

  /** Longer than the lease of an instance that was killed. */
  private static final Duration MAX_WAIT = PostgresAuditStore.LEASE_DURATION.plusSeconds(2);

  /**
   * Returns the maximum number of inquiries at a gateway at a time: a part of its limit, because
   * they are sent in addition to payments and refunds.
   */
  int maxInquiries(String gateway) {
    Settings.Gateway settings = options.get(gateway);
    int limit = settings == null ? 0 : settings.guards().maxInFlight();
    return Math.max(MIN_INQUIRIES, Math.min(MAX_INQUIRIES, limit / INQUIRY_SHARE));
  }

  @Override
  public List<GatewayAccount> get() {
    return options.entrySet().stream()
        .map(
            gateway ->
                new GatewayAccount(
                    gateway.getKey(),
                    paymentGateway.account(gateway.getKey()).orElse(null),
                    gateway.getValue().guards().timeout(),
                    gateway.getValue().isSimulated()))
        .toList();
  }

  /**
   * Registers the accounts of this instance; blocks.
   *
   * @throws SeparateSimulatorsException if another running instance has a simulated gateway of the
   *     same name with another journal: a client that reaches both would see two gateways
   */
  void register(AccountRegistry accountRegistry, Scheduler scheduler) {
    await(accountRegistry.register(get()));
    long start = System.nanoTime();
    Optional<OtherAccount> other = await(accountRegistry.otherSimulator());
    while (other.isPresent()) {
      if (System.nanoTime() - start > MAX_WAIT.toNanos()) {
        throw new SeparateSimulatorsException(message(other.get()));
      }
      await(scheduler.pause(POLL_INTERVAL));
      other = await(accountRegistry.otherSimulator());
    }
  }

  private String message(OtherAccount other) {
    return "simulator.directory: expected the journals of the other instances, found gateway %s with the account %s, while instance %s has %s;"
            .formatted(
                other.gateway(),
                paymentGateway.account(other.gateway()).orElse("none"),
                other.instanceId(),
                other.account())
        + " let all instances share one directory on one machine, run one instance, or set gateways.%s.kind to a real gateway"
            .formatted(other.gateway());
  }
}
