package dev.paymeter.bus;

import dev.paymeter.payment.Change;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the first changes behind a place.
 *
 * @param after null: only for the place behind them all
 * @param most how many changes at most
 */
public record ReadChanges(Change.@Nullable Position after, int most) {}
