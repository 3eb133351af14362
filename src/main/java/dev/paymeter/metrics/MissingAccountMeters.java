package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.port.AccountRegistry.MissingAccount;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Meters of unresolved payments and refunds in accounts that no running instance has. An account
 * has series only while it is missing, because any number of accounts may have been used. Old
 * values are NaN. Safe from any thread.
 */
public final class MissingAccountMeters {
  /** The label value of payments that were not submitted to any account. */
  static final String NO_ACCOUNT = "none";

  private final Consumer<Consumer<Meters>> update;
  private final Clock clock;

  /** The pipeline's lock guards it. */
  private final TemporaryGauges<Reading<MissingAccount>> gauges;

  private volatile List<MissingAccount> latest = List.of();

  /**
   * @param update changes meters under the pipeline's lock
   */
  public MissingAccountMeters(Consumer<Consumer<Meters>> update, Clock clock) {
    this.update = update;
    this.clock = clock;
    this.gauges =
        new TemporaryGauges<Reading<MissingAccount>>()
            .family(
                MetricNames.MISSING_ACCOUNT_TRANSFERS,
                "Unresolved payments and refunds in an account that no running instance has",
                each -> each.expose(clock, MissingAccount::count))
            .family(
                MetricNames.MISSING_ACCOUNT_TRANSFERS + MetricNames.UNKNOWN_OLDEST,
                "Age of the oldest of these payments and refunds",
                each -> each.expose(clock, account -> account.ageSeconds(clock.instant())))
            .family(
                MetricNames.MISSING_ACCOUNT_TRANSFERS + MetricNames.UNKNOWN_USD,
                "Sum of these payments and refunds in US dollars",
                each -> each.expose(clock, account -> account.usd().doubleValue()));
  }

  /** Returns the accounts of the last reading, however old it is. */
  List<MissingAccount> latest() {
    return latest;
  }

  /** Replaces the accounts by those of a new reading. */
  public void show(List<MissingAccount> missing) {
    latest = missing;
    Instant now = clock.instant();
    Map<Labels, Reading<MissingAccount>> readings =
        missing.stream()
            .collect(
                Collectors.toMap(MissingAccountMeters::labels, each -> new Reading<>(each, now)));
    update.accept(meters -> gauges.show(meters, readings));
  }

  private static Labels labels(MissingAccount missing) {
    return Labels.of(
        "gateway",
        missing.gateway(),
        "account",
        missing.account().isEmpty() ? NO_ACCOUNT : missing.account());
  }
}
