package dev.paymeter.bus;

import dev.paymeter.payment.PaymentEvent;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the first changes behind a place.
 *
 * @param after null: only for the place behind them all
 * @param most how many changes at most
 */
public record ReadEvents(PaymentEvent.@Nullable Position after, int most) {}
