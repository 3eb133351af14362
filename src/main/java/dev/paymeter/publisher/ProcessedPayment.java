package dev.paymeter.publisher;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Currency;
import org.jspecify.annotations.Nullable;

/**
 * A payment that the application has processed, in its final state. Paymeter checks it like an
 * order of its own.
 *
 * @param id the application's own name for it: whatever is reported again under it is the same one
 * @param amount in major units, above zero, with no more decimals than the currency has
 * @param duration from the accepted order to the gateway's answer; cut to microseconds
 * @param failure absent for a success
 * @param settledAt when it ended; absent for about now
 */
public record ProcessedPayment(
    String id,
    String orderId,
    String userId,
    BigDecimal amount,
    Currency currency,
    String userTier,
    String paymentMethod,
    String gateway,
    Duration duration,
    @Nullable Failure failure,
    @Nullable Instant settledAt) {

  /**
   * Why a payment failed.
   *
   * @param errorType {@code PaymentGatewayException} or {@code PaymentValidationException}
   * @param message in a few words, or absent
   */
  public record Failure(String errorType, @Nullable String message) {}
}
