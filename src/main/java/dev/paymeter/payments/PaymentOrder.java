package dev.paymeter.payments;

/**
 * What a client asks for, checked.
 *
 * @param orderId the client's own reference, 1 to 255 characters, not unique
 * @param userId the client's own reference, 1 to 255 characters, not unique
 * @param tier one of {@link Choices#tiers}
 * @param method one of {@link Choices#methods}
 * @param gateway one of {@link Choices#gateways}
 */
public record PaymentOrder(
    String orderId, String userId, Money amount, String tier, String method, String gateway) {

  /** The same order, to be charged elsewhere. */
  public PaymentOrder at(String otherGateway) {
    return new PaymentOrder(orderId, userId, amount, tier, method, otherGateway);
  }
}
