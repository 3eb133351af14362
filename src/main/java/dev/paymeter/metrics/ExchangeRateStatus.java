package dev.paymeter.metrics;

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
    DoubleSupplier ageSeconds, BooleanSupplier successful, DoubleSupplier lastSuccess) {}
