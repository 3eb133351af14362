package dev.paymeter.metrics;

import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;

/**
 * What is known of the exchange rates in use.
 *
 * @param ageSeconds since the day of the oldest of them began in UTC; 0 where only dollars are in
 *     use
 * @param successful whether their file could be used when it was looked at last
 * @param lastSuccess when it could be used last, in seconds since 1970
 */
public record ExchangeRateStatus(
    DoubleSupplier ageSeconds, BooleanSupplier successful, DoubleSupplier lastSuccess) {}
