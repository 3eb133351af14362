package dev.paymeter.metrics.dashboard;

import static java.math.RoundingMode.HALF_EVEN;

import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.math.BigDecimal;
import java.util.Set;
import java.util.function.Function;

/**
 * Number of counted payments, and the sum of their amounts.
 *
 * @param usd in US dollars, two decimals
 */
public record PaymentTotals(long count, BigDecimal usd) {
  /**
   * Reads the current values.
   *
   * @param families returns the current series of the families with these names
   */
  public static PaymentTotals read(Function<Set<String>, MetricSnapshots> families) {
    SeriesSums sums =
        new SeriesSums(
            families.apply(Set.of(MetricNames.PAYMENT_REQUESTS, MetricNames.PAYMENT_AMOUNT)));
    return new PaymentTotals(
        Math.round(sums.total(MetricNames.PAYMENT_REQUESTS)),
        sums.sumsBy("currency", MetricNames.PAYMENT_AMOUNT).values().stream()
            .map(BigDecimal::valueOf)
            .reduce(BigDecimal.ZERO, BigDecimal::add)
            .setScale(2, HALF_EVEN));
  }
}
