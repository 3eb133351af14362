package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;

/**
 * State of the exchange rates in use.
 *
 * @param ageSeconds seconds since the start (UTC) of the oldest rate's day; 0 if only US dollars
 *     are used
 * @param successful whether the last reload of their file succeeded
 * @param lastSuccess time of the last successful reload, in seconds since 1970
 */
public record ExchangeRateStatus(
    DoubleSupplier ageSeconds, BooleanSupplier successful, DoubleSupplier lastSuccess) {
  /** Registers the meters. Every scrape reads the suppliers, which must not block. */
  public void register(Meters meters) {
    meters.gauge(
        MetricNames.RATES_AGE,
        "Seconds since the start (UTC) of the day of the oldest exchange rate in use",
        ageSeconds);
    meters.gauge(
        MetricNames.RATES_RELOADED,
        "1 if the last reload of the exchange-rate file succeeded, else 0",
        () -> successful.getAsBoolean() ? 1 : 0);
    meters.gauge(
        MetricNames.RATES_RELOADED_AT,
        "Time of the last successful reload of the exchange-rate file, in seconds since 1970",
        lastSuccess);
  }
}
