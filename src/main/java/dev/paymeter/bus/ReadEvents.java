package dev.paymeter.bus;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.EventOffset;
import org.jspecify.annotations.Nullable;

/**
 * A request for the first events after an offset.
 *
 * @param after null to request no events, only the offset of the last event that can be read now
 * @param access the payments whose events are read
 */
public record ReadEvents(@Nullable EventOffset after, int limit, Access access) {}
