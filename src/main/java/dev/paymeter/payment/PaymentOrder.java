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
 * @param details what is passed on to the gateway; without fallbacks if only one gateway issued it
 */
public record PaymentOrder(
    String orderId,
    String userId,
    Money amount,
    String tier,
    String method,
    String gateway,
    List<String> fallbacks,
    OrderDetails details) {

  public PaymentOrder {
    fallbacks = List.copyOf(fallbacks);
    if (details.isBoundToGateway() && !fallbacks.isEmpty()) {
      throw new IllegalArgumentException("a token or customer is valid at one gateway only");
    }
  }

  /** Creates an order without details. */
  public PaymentOrder(
      String orderId,
      String userId,
      Money amount,
      String tier,
      String method,
      String gateway,
      List<String> fallbacks) {
    this(orderId, userId, amount, tier, method, gateway, fallbacks, OrderDetails.NONE);
  }

  /** Creates an order without fallbacks and details. */
  public PaymentOrder(
      String orderId, String userId, Money amount, String tier, String method, String gateway) {
    this(orderId, userId, amount, tier, method, gateway, List.of());
  }

  /** Returns this order with these details. */
  public PaymentOrder withDetails(OrderDetails other) {
    return other == details
        ? this
        : new PaymentOrder(orderId, userId, amount, tier, method, gateway, fallbacks, other);
  }

  /** Returns this order as created by a client, which gets the payer's action, if there is one. */
  public PaymentOrder createdBy(String owner) {
    ReturnAddress address = details.returnAddress();
    return address == null
        ? this
        : withDetails(details.withReturnAddress(new ReturnAddress(address.url(), owner)));
  }

  /** Returns this order with another amount. */
  PaymentOrder withAmount(Money other) {
    return other.equals(amount)
        ? this
        : new PaymentOrder(orderId, userId, other, tier, method, gateway, fallbacks, details);
  }

  /** Returns this order with other gateways: its gateway, and the fallbacks. */
  public PaymentOrder withGateways(List<String> gateways) {
    return new PaymentOrder(
        orderId,
        userId,
        amount,
        tier,
        method,
        gateways.get(0),
        gateways.subList(1, gateways.size()),
        details);
  }

  /** Returns this order as the ledger has it, for when its gateway was called. */
  PaymentOrder withoutTokenValue() {
    return withDetails(details.withoutTokenValue());
  }

  /** Returns this order with another gateway and without fallbacks. */
  public PaymentOrder withGateway(String only) {
    return withGateways(List.of(only));
  }

  /** Returns this order with the first of its fallbacks as its gateway. */
  PaymentOrder withNextGateway() {
    return withGateways(fallbacks);
  }
}
