package dev.paymeter.gateway.stripe;

import dev.paymeter.payment.Money;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.Set;

/**
 * Amounts as Stripe takes them: integers in a smallest unit that is not always ISO 4217's (Stripe's
 * documentation, "Supported currencies", minor units and special cases).
 */
final class StripeAmount {
  private static final Set<String> NO_DECIMALS =
      Set.of(
          "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
          "XOF", "XPF");
  private static final Set<String> THREE_DECIMALS = Set.of("BHD", "JOD", "KWD", "OMR", "TND");

  /** Whole units only, written with two decimals all the same. */
  private static final Set<String> WHOLE = Set.of("ISK", "UGX");

  private StripeAmount() {}

  /** Absent where Stripe has no way to say it. */
  static Optional<Long> of(Money money) {
    String currency = money.currency().getCurrencyCode();
    BigDecimal smallest = smallestStep(currency);
    if (money.amount().remainder(smallest).signum() != 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(money.amount().movePointRight(decimals(currency)).longValueExact());
    } catch (ArithmeticException e) {
      return Optional.empty();
    }
  }

  /** In three-decimal currencies the last digit has to be 0. */
  private static BigDecimal smallestStep(String currency) {
    boolean whole = NO_DECIMALS.contains(currency) || WHOLE.contains(currency);
    return whole ? BigDecimal.ONE : new BigDecimal("0.01");
  }

  private static int decimals(String currency) {
    if (NO_DECIMALS.contains(currency)) {
      return 0;
    }
    return THREE_DECIMALS.contains(currency) ? 3 : 2;
  }
}
