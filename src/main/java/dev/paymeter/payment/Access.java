package dev.paymeter.payment;

import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The payments that a client has access to: all, or those of one merchant. To a client, the
 * payments of other merchants do not exist.
 *
 * @param merchant null for all payments. Those that the client creates belong to the merchant
 */
public record Access(@Nullable String merchant) {
  public static final Access ALL = new Access(null);

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /** Describes a valid name, see {@link #isName}. */
  public static final String NAME_EXPECTED =
      "the name of a merchant: 1 to 64 letters, digits, dots, hyphens, underscores";

  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /** Returns the access of a merchant, or to all payments. */
  public static Access of(@Nullable String merchant) {
    return merchant == null ? ALL : new Access(merchant);
  }

  public boolean includes(Payment payment) {
    return includes(payment.merchant());
  }

  public boolean includes(PaymentEvent event) {
    return includes(event.merchant());
  }

  /**
   * @param owner the merchant of a payment; null if it belongs to none
   */
  private boolean includes(@Nullable String owner) {
    return merchant == null || Objects.equals(merchant, owner);
  }
}
