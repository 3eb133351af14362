package dev.paymeter.publisher;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Currency;
import org.jspecify.annotations.Nullable;

/**
 * Settled payment that the application has processed. Paymeter validates it like a payment order.
 *
 * @param id the application's id: reports with the same id are the same payment
 * @param amount in major units, above zero, with at most the currency's number of decimals
 * @param duration from the accepted order to the gateway's response; truncated to microseconds
 * @param failure absent for a success
 * @param settledAt time of the final state; absent for the time of the report
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
   * Reason of a failed payment.
   *
   * @param errorType {@code PaymentGatewayException} or {@code PaymentValidationException}
   * @param code one of the failure codes of the type; absent for the general one
   * @param message short message, or absent
   */
  public record Failure(String errorType, @Nullable String code, @Nullable String message) {
    /** Creates a failure with the general code of its type. */
    public Failure(String errorType, @Nullable String message) {
      this(errorType, null, message);
    }
  }
}
