package dev.paymeter.payment;

import java.util.List;
import java.util.Optional;

/**
 * The closed sets that a payment's labels come from, as configured. Anything else is refused.
 *
 * @param currencies ISO 4217 codes
 */
public record AllowedValues(
    List<String> tiers, List<String> methods, List<String> gateways, List<String> currencies) {

  public AllowedValues {
    tiers = List.copyOf(tiers);
    methods = List.copyOf(methods);
    gateways = List.copyOf(gateways);
    currencies = List.copyOf(currencies);
  }

  /** The contract's default where it is configured, else the first that is. */
  public String usualGateway() {
    return find(gateways, "stripe").orElse(gateways.get(0));
  }

  /** The configured instance equal to {@code name}, so that equal labels are one object. */
  public static Optional<String> find(List<String> set, String name) {
    int index = set.indexOf(name);
    return index < 0 ? Optional.empty() : Optional.of(set.get(index));
  }
}
