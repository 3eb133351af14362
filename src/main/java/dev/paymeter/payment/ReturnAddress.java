package dev.paymeter.payment;

import org.jspecify.annotations.Nullable;

/**
 * The page to which the payer returns after an authentication. It may contain secrets of the shop:
 * the API does not return it.
 *
 * @param url an absolute URL, at most {@link #MAX_LENGTH} characters
 * @param owner the client that created the payment, see {@link IdempotencyKey#owner}: only it gets
 *     the payer's action; null if the ledger has lost it
 */
public record ReturnAddress(String url, @Nullable String owner) {
  /** The maximum length of a value that Stripe stores with a charge. */
  public static final int MAX_LENGTH = 500;

  @Override
  public String toString() {
    return "***";
  }
}
