package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.port.AccountRegistry.MissingAccount;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * Meters of unresolved payments and refunds in accounts that no running instance has. An account
 * has series only while it is missing, because any number of accounts may have been used. Old
 * values are NaN. Safe from any thread.
 */
public final class MissingAccountMeters implements Consumer<List<MissingAccount>> {
  /** The label value of payments that were not submitted to any account. */
  static final String NO_ACCOUNT = "none";

  private final Consumer<Consumer<Meters>> update;
  private final Clock clock;

  /** The missing accounts that have series. The pipeline's lock guards it. */
  private final Map<Labels, MissingAccount> shown = new HashMap<>();

  private Instant readAt = Instant.MIN;

  /**
   * @param update changes meters under the pipeline's lock
   */
  public MissingAccountMeters(Consumer<Consumer<Meters>> update, Clock clock) {
    this.update = update;
    this.clock = clock;
  }

  @Override
  public void accept(List<MissingAccount> missing) {
    update.accept(meters -> show(meters, missing));
  }

  private void show(Meters meters, List<MissingAccount> missing) {
    readAt = clock.instant();
    Map<Labels, MissingAccount> now = new HashMap<>();
    missing.forEach(each -> now.put(labels(each), each));
    shown.keySet().stream()
        .filter(labels -> !now.containsKey(labels))
        .forEach(labels -> remove(meters, labels));
    shown.keySet().retainAll(now.keySet());
    now.forEach(
        (labels, account) -> {
          if (shown.put(labels, account) == null) {
            register(meters, labels);
          }
        });
  }

  private void register(Meters meters, Labels labels) {
    gauge(
        meters,
        MetricNames.MISSING_ACCOUNT_TRANSFERS,
        "Unresolved payments and refunds in an account that no running instance has",
        labels,
        MissingAccount::count);
    gauge(
        meters,
        MetricNames.MISSING_ACCOUNT_TRANSFERS + MetricNames.UNKNOWN_OLDEST,
        "Age of the oldest of these payments and refunds",
        labels,
        each -> Math.max(0, Duration.between(each.oldest(), clock.instant()).toMillis() / 1000.0));
    gauge(
        meters,
        MetricNames.MISSING_ACCOUNT_TRANSFERS + MetricNames.UNKNOWN_USD,
        "Sum of these payments and refunds in US dollars",
        labels,
        each -> each.usd().doubleValue());
  }

  private void gauge(
      Meters meters,
      String family,
      String help,
      Labels labels,
      ToDoubleFunction<MissingAccount> value) {
    meters.gauge(
        family,
        help,
        labels,
        () -> {
          MissingAccount account = shown.get(labels);
          return account == null || isOld() ? Double.NaN : value.applyAsDouble(account);
        });
  }

  /** Returns whether the ledger cannot be read: an old value could be wrong. */
  private boolean isOld() {
    return readAt.plus(TransferMeters.MAX_READING_AGE).isBefore(clock.instant());
  }

  private static void remove(Meters meters, Labels labels) {
    meters.removeGauge(MetricNames.MISSING_ACCOUNT_TRANSFERS, labels);
    meters.removeGauge(MetricNames.MISSING_ACCOUNT_TRANSFERS + MetricNames.UNKNOWN_OLDEST, labels);
    meters.removeGauge(MetricNames.MISSING_ACCOUNT_TRANSFERS + MetricNames.UNKNOWN_USD, labels);
  }

  private static Labels labels(MissingAccount missing) {
    return Labels.of(
        "gateway",
        missing.gateway(),
        "account",
        missing.account().isEmpty() ? NO_ACCOUNT : missing.account());
  }
}
