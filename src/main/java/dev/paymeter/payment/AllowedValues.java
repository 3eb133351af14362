package dev.paymeter.payment;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The configured values of a payment's labels. Orders with other values are rejected.
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

  /** Returns {@code stripe} if it is configured, otherwise the first configured gateway. */
  public String defaultGateway() {
    return preferred(gateways, "stripe");
  }

  /** Returns a value if it is configured, otherwise the first configured one. */
  public static String preferred(List<String> configured, String name) {
    return find(configured, name).orElse(configured.get(0));
  }

  /** Describes a set in an error: the only form in which messages list accepted values. */
  public static String oneOf(Collection<String> set) {
    return "one of " + String.join(", ", set);
  }

  /**
   * Returns the configured instance that equals {@code name}, so that equal labels are one object.
   */
  public static Optional<String> find(List<String> set, String name) {
    int index = set.indexOf(name);
    return index < 0 ? Optional.empty() : Optional.of(set.get(index));
  }
}
