package dev.paymeter.payment;

import java.util.List;

/**
 * What a client asks for, checked.
 *
 * @param orderId the client's own reference, 1 to 255 characters, not unique
 * @param userId the client's own reference, 1 to 255 characters, not unique
 * @param tier one of {@link AllowedValues#tiers}
 * @param method one of {@link AllowedValues#methods}
 * @param gateway one of {@link AllowedValues#gateways}
 * @param fallbacks the gateways to try, one after the other, where that one surely charged nothing;
 *     known only to whoever takes the order, not to the ledger
 */
public record PaymentOrder(
    String orderId,
    String userId,
    Money amount,
    String tier,
    String method,
    String gateway,
    List<String> fallbacks) {

  public PaymentOrder {
    fallbacks = List.copyOf(fallbacks);
  }

  /** One that goes to one gateway and no other. */
  public PaymentOrder(
      String orderId, String userId, Money amount, String tier, String method, String gateway) {
    this(orderId, userId, amount, tier, method, gateway, List.of());
  }

  /** The same order at one gateway, and no other. */
  public PaymentOrder at(String only) {
    return new PaymentOrder(orderId, userId, amount, tier, method, only);
  }

  /** The same order at the first of its fallbacks. */
  PaymentOrder atNext() {
    return new PaymentOrder(
        orderId,
        userId,
        amount,
        tier,
        method,
        fallbacks.get(0),
        fallbacks.subList(1, fallbacks.size()));
  }
}
