package dev.paymeter.payment.port;

import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.CaptureMode;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.OrderDetails;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import java.util.ArrayList;
import java.util.Currency;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The requests that a gateway can carry out. The API rejects all others, before anything is stored.
 * Immutable; safe from any thread.
 *
 * @param currencies ISO 4217 codes; empty for all
 * @param decimals accepted by the gateway, by currency; as in ISO 4217 for all others
 * @param methods payment methods; empty for all
 * @param maxDescription maximum length of a description
 * @param features that not all gateways have
 */
public record GatewayCapabilities(
    Set<String> currencies,
    Map<String, Integer> decimals,
    Set<String> methods,
    int maxDescription,
    Set<Feature> features) {
  /** All requests. */
  public static final GatewayCapabilities ALL =
      new GatewayCapabilities(
          Set.of(), Map.of(), Set.of(), Integer.MAX_VALUE, EnumSet.allOf(Feature.class));

  /**
   * A part of an order, or an absent part, that not all gateways accept, or a service of theirs.
   */
  public enum Feature {
    /** Orders without a payment token: the gateway has a means of payment in its settings. */
    NO_TOKEN,
    CUSTOMER,
    METADATA,
    /** Orders whose payment is captured later. */
    MANUAL_CAPTURE,
    /** Payments that the payer authenticates. */
    PAYER_ACTION,
    /** Reports of disputes and reversals. No order requires it. */
    DISPUTES
  }

  public GatewayCapabilities {
    currencies = Set.copyOf(currencies);
    decimals = Map.copyOf(decimals);
    methods = Set.copyOf(methods);
    features = Set.copyOf(features);
  }

  /** Returns these capabilities with other decimals. */
  public GatewayCapabilities withDecimals(Map<String, Integer> accepted) {
    return new GatewayCapabilities(currencies, accepted, methods, maxDescription, features);
  }

  /**
   * Returns what the gateway cannot carry out of an order, in terms of the order's fields.
   *
   * @param gateway its name, for the errors
   */
  public List<FieldError> violations(PaymentOrder order, String gateway) {
    if (this == ALL) {
      return List.of();
    }
    List<FieldError> violations = new ArrayList<>();
    amountViolation(order.amount(), gateway).ifPresent(violations::add);
    if (!methods.isEmpty() && !methods.contains(order.method())) {
      violations.add(
          error(
              "payment_method",
              AllowedValues.oneOf(new TreeSet<>(methods)),
              gateway,
              quoted(order.method())));
    }
    addDetails(order.details(), gateway, violations);
    return violations;
  }

  private void addDetails(OrderDetails details, String gateway, List<FieldError> violations) {
    if (details.paymentToken().isEmpty() && !features.contains(Feature.NO_TOKEN)) {
      violations.add(error("payment_token", "a token", gateway, "nothing"));
    }
    if (details.customer() != null && !features.contains(Feature.CUSTOMER)) {
      violations.add(error("customer", "nothing", gateway, "a customer"));
    }
    if (!details.metadata().isEmpty() && !features.contains(Feature.METADATA)) {
      violations.add(error("metadata", "nothing", gateway, details.metadata().size() + " entries"));
    }
    if (details.isCapturedManually() && !features.contains(Feature.MANUAL_CAPTURE)) {
      violations.add(
          error(
              "capture",
              CaptureMode.AUTOMATIC.label(),
              gateway,
              quoted(CaptureMode.MANUAL.label())));
    }
    if (details.allowsAction() && !features.contains(Feature.PAYER_ACTION)) {
      violations.add(error("return_url", "nothing", gateway, "a URL"));
    }
    String description = details.description();
    if (description != null && description.length() > maxDescription) {
      violations.add(
          error(
              "description",
              "at most " + maxDescription + " characters",
              gateway,
              description.length() + " characters"));
    }
  }

  /** Returns why the gateway cannot move an amount; empty if it can. */
  public Optional<FieldError> amountViolation(Money amount, String gateway) {
    Currency currency = amount.currency();
    String code = currency.getCurrencyCode();
    if (!currencies.isEmpty() && !currencies.contains(code)) {
      return Optional.of(
          error("currency", AllowedValues.oneOf(new TreeSet<>(currencies)), gateway, quoted(code)));
    }
    int most = decimals.getOrDefault(code, currency.getDefaultFractionDigits());
    return amount.amount().stripTrailingZeros().scale() <= most
        ? Optional.empty()
        : Optional.of(
            error(
                "amount",
                "at most " + most + " decimals for " + code,
                gateway,
                amount.amount().toPlainString()));
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }

  private static FieldError error(String field, String expected, String gateway, String actual) {
    return new FieldError(field, expected + ", at gateway " + gateway, actual);
  }
}
