package dev.paymeter.payment;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a payment failed, as a value: it is kept in the ledger and told to the client, and its simple
 * name is the label {@code error_type}. It has no stack trace, because a failed payment is an
 * ordinary outcome, not a defect.
 */
public abstract sealed class PaymentException extends RuntimeException
    permits PaymentGatewayException, PaymentValidationException {
  private static final long serialVersionUID = 1;

  /** Every {@link #type} there is. */
  public static final List<String> TYPES =
      List.of(
          PaymentGatewayException.class.getSimpleName(),
          PaymentValidationException.class.getSimpleName());

  PaymentException(String message) {
    super(message, null, false, false);
  }

  /**
   * The simple name of the class: the label {@code error_type}, the ledger's {@code error_type}.
   */
  public String type() {
    return getClass().getSimpleName();
  }

  /** Never null, unlike a throwable's in general. */
  public String reason() {
    return String.valueOf(getMessage());
  }

  /**
   * What the ledger kept, as an exception again.
   *
   * @throws IllegalArgumentException for a type that is no payment exception
   */
  public static PaymentException of(String type, String reason) {
    return switch (type) {
      case "PaymentGatewayException" -> new PaymentGatewayException(reason);
      case "PaymentValidationException" -> new PaymentValidationException(reason);
      default -> throw new IllegalArgumentException("unknown payment failure " + type);
    };
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PaymentException that
        && that.getClass() == getClass()
        && that.reason().equals(reason());
  }

  @Override
  public int hashCode() {
    return reason().hashCode();
  }
}
