package dev.paymeter.metrics.audited;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.Missing;
import dev.paymeter.metrics.registry.MetricNames;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Comparison of the ledger's totals with other ones, without any exposed series. */
public final class TotalsComparison {
  private final LedgerMeters ledgerMeters;
  private final long[] ledger;

  /**
   * @param totals totals of a checkpoint; null if there is none
   * @param later totals after the checkpoint
   */
  public TotalsComparison(@Nullable JsonObject totals, AuditStore.SettledTotals later) {
    this.ledgerMeters = LedgerMeters.notExposed();
    long[] checkpoint = ledgerMeters.read(totals);
    long[] settledLater = ledgerMeters.totals(later);
    this.ledger = Arrays.copyOf(checkpoint, ledgerMeters.layout().length());
    SeriesLayout.add(ledger, settledLater);
  }

  /**
   * Returns what the ledger lacks.
   *
   * @param counted totals that it contained; null if they are not known
   * @param baseline baseline of the exposed values, which are never negative; null for none
   */
  public Missing missing(@Nullable JsonObject counted, @Nullable JsonObject baseline) {
    long[] known = ledgerMeters.read(counted);
    long[] subtracted = ledgerMeters.read(baseline);
    long[] expected = Arrays.copyOf(known, ledgerMeters.layout().length());
    for (int i = 0; i < subtracted.length; i++) {
      expected[i] = Math.max(expected[i], -subtracted[i]);
    }
    List<Missing.Series> series = ledgerMeters.layout().missing(ledger, expected);
    return series.isEmpty()
        ? Missing.NOTHING
        : new Missing(
            sum(series, TotalsComparison::rows), sum(series, TotalsComparison::cents), series);
  }

  private static long sum(List<Missing.Series> series, ToLongFunction<Missing.Series> value) {
    return series.stream().mapToLong(value).sum();
  }

  /** Returns the rows that a series counts, unless another family counts them, too. */
  private static long rows(Missing.Series series) {
    return switch (series.family()) {
      case MetricNames.PAYMENT_REQUESTS, MetricNames.BUSINESS_EVENTS -> series.count();
      case MetricNames.ERRORS -> isOfPayment(series) ? 0 : series.count();
      default -> 0;
    };
  }

  private static long cents(Missing.Series series) {
    return switch (series.family()) {
      case MetricNames.PAYMENT_AMOUNT, MetricNames.BUSINESS_EVENTS -> series.sum();
      default -> 0;
    };
  }

  private static boolean isOfPayment(Missing.Series errors) {
    return MetricNames.PAYMENT_SERVICE.equals(errors.labels().get("service"));
  }

  /** Returns the baseline with which each series starts at zero; empty if all totals are zero. */
  public Optional<JsonObject> zeroBaseline() {
    return Arrays.stream(ledger).allMatch(cell -> cell == 0)
        ? Optional.empty()
        : Optional.of(
            ledgerMeters.layout().write(Arrays.stream(ledger).map(cell -> -cell).toArray()));
  }
}
