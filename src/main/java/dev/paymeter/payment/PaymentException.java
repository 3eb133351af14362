package dev.paymeter.payment;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The failure of a payment, as a value. It is stored in the ledger and returned to the client; its
 * simple name is the label {@code error_type}. It has no stack trace, because a failed payment is
 * an ordinary outcome, not a defect.
 */
public abstract sealed class PaymentException extends RuntimeException
    permits PaymentGatewayException, PaymentValidationException {
  private static final long serialVersionUID = 1;

  /** All values of {@link #type}. */
  public static final List<String> TYPES =
      List.of("PaymentGatewayException", "PaymentValidationException");

  private final FailureCode code;

  PaymentException(FailureCode code, String message) {
    super(message, null, false, false);
    this.code = code;
  }

  /** Returns the simple name of the class: {@code error_type} in metrics and in the ledger. */
  public String type() {
    return getClass().getSimpleName();
  }

  public FailureCode code() {
    return code;
  }

  /** Returns the message; never null. */
  public String reason() {
    return String.valueOf(getMessage());
  }

  public static PaymentException of(FailureCode code, String reason) {
    return code.isDecline()
        ? new PaymentValidationException(code, reason)
        : new PaymentGatewayException(code, reason);
  }

  /**
   * Restores an exception from its stored values.
   *
   * @param code null or unknown for the general code of the type: a later release, or another
   *     service, may have stored it
   * @throws IllegalArgumentException if the type is no payment exception
   */
  public static PaymentException of(String type, @Nullable String code, String reason) {
    PaymentException general = general(type, reason);
    return code == null
        ? general
        : FailureCode.find(code)
            .filter(known -> known.isDecline() == general.code.isDecline())
            .map(known -> of(known, reason))
            .orElse(general);
  }

  private static PaymentException general(String type, String reason) {
    return switch (type) {
      case "PaymentGatewayException" -> new PaymentGatewayException(reason);
      case "PaymentValidationException" -> new PaymentValidationException(reason);
      default -> throw new IllegalArgumentException("unknown payment exception " + type);
    };
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PaymentException that
        && that.code == code
        && that.reason().equals(reason());
  }

  @Override
  public int hashCode() {
    return reason().hashCode();
  }
}
