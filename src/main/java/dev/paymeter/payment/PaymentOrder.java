package dev.paymeter.payment;

import java.util.List;

/**
 * A validated order to pay.
 *
 * @param orderId the client's own reference, 1 to 255 characters, not unique
 * @param userId the client's own reference, 1 to 255 characters, not unique
 * @param tier one of {@link AllowedValues#tiers}
 * @param method one of {@link AllowedValues#methods}
 * @param gateway one of {@link AllowedValues#gateways}
 * @param fallbacks the gateways to try in order if that one has certainly charged nothing; held by
 *     the process that accepted the order, not stored in the ledger
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

  /** Creates an order without fallbacks. */
  public PaymentOrder(
      String orderId, String userId, Money amount, String tier, String method, String gateway) {
    this(orderId, userId, amount, tier, method, gateway, List.of());
  }

  /** Returns this order with another gateway and without fallbacks. */
  public PaymentOrder withGateway(String only) {
    return new PaymentOrder(orderId, userId, amount, tier, method, only);
  }

  /** Returns this order with the first of its fallbacks as its gateway. */
  PaymentOrder withNextGateway() {
    List<String> rest = fallbacks.subList(1, fallbacks.size());
    return new PaymentOrder(orderId, userId, amount, tier, method, fallbacks.get(0), rest);
  }
}
