package dev.paymeter.payment;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * An order to refund a payment.
 *
 * @param amount above zero, in major units of the payment's currency; null for the remaining amount
 * @param reason 1 to 255 characters; null if the client gives none
 */
public record RefundOrder(@Nullable BigDecimal amount, @Nullable String reason) {}
