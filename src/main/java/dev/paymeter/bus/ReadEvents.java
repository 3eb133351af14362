package dev.paymeter.bus;

import dev.paymeter.payment.PaymentEvent;
import org.jspecify.annotations.Nullable;

/**
 * A request for the first events after a position.
 *
 * @param after null to request no events, only the position after all events that can be read now
 */
public record ReadEvents(PaymentEvent.@Nullable Position after, int limit) {}
