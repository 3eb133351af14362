package dev.paymeter.payment;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The optional parts of an order that are passed on to its gateway.
 *
 * @param token the payer's means of payment; null for the one in the settings of the gateway
 * @param customer the gateway's id of the payer, 1 to 255 characters; null if none was given
 * @param description a text for people, 1 to 255 characters; null if none was given
 * @param metadata the client's own data, sorted by name: at most 20 names of at most 40 characters,
 *     with values of 1 to 255 characters
 * @param capture when the amount is captured
 * @param returnAddress where the payer returns after an authentication; null if the payer cannot
 *     authenticate the payment
 */
public record OrderDetails(
    @Nullable PaymentToken token,
    @Nullable String customer,
    @Nullable String description,
    Map<String, String> metadata,
    CaptureMode capture,
    @Nullable ReturnAddress returnAddress) {
  /** Precedes the names of Paymeter's own data at gateways; the client's must not begin with it. */
  public static final String RESERVED_PREFIX = "paymeter_";

  public static final OrderDetails NONE = new OrderDetails(null, null, null, Map.of());

  public OrderDetails {
    metadata = metadata.isEmpty() ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(metadata));
  }

  /** Creates details of an order whose amount is captured at once. */
  public OrderDetails(
      @Nullable PaymentToken token,
      @Nullable String customer,
      @Nullable String description,
      Map<String, String> metadata) {
    this(token, customer, description, metadata, CaptureMode.AUTOMATIC, null);
  }

  /** Returns these details with another mode. */
  public OrderDetails withCapture(CaptureMode other) {
    return other == capture
        ? this
        : new OrderDetails(token, customer, description, metadata, other, returnAddress);
  }

  /** Returns these details with an address to which the payer returns. */
  public OrderDetails withReturnAddress(@Nullable ReturnAddress other) {
    return Objects.equals(other, returnAddress)
        ? this
        : new OrderDetails(token, customer, description, metadata, capture, other);
  }

  /** Returns whether the payer can authenticate the payment. */
  public boolean allowsAction() {
    return returnAddress != null;
  }

  public boolean isCapturedManually() {
    return capture == CaptureMode.MANUAL;
  }

  public boolean isEmpty() {
    return equals(NONE);
  }

  /** Returns the payer's means of payment; empty for the one in the settings of the gateway. */
  public Optional<PaymentToken> paymentToken() {
    return Optional.ofNullable(token);
  }

  /** Returns these details with only the hash of the token, as the ledger has them. */
  OrderDetails withoutTokenValue() {
    return token == null || token.value().isEmpty()
        ? this
        : new OrderDetails(
            PaymentToken.ofHash(token.hash()),
            customer,
            description,
            metadata,
            capture,
            returnAddress);
  }

  /** Returns whether they have a meaning at one gateway only, which issued them. */
  public boolean isBoundToGateway() {
    return token != null || customer != null;
  }
}
