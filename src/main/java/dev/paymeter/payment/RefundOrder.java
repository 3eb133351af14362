package dev.paymeter.payment;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks to give back of a payment.
 *
 * @param amount above zero, in major units of the payment's currency; absent for all that is left
 * @param reason 1 to 255 characters; absent where the client gives none
 */
public record RefundOrder(@Nullable BigDecimal amount, @Nullable String reason) {}
