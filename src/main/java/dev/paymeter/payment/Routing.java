package dev.paymeter.payment;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * The choice of gateways for orders that name none: those of the first rule that matches.
 * Immutable; safe from any thread.
 *
 * @param rules evaluated in order
 * @param defaultGateway the gateway of an order that matches no rule; it has no fallbacks
 */
public record Routing(List<Rule> rules, String defaultGateway) {
  public Routing {
    rules = List.copyOf(rules);
  }

  /**
   * A routing rule. It matches an order whose values are all in its sets; an empty set includes
   * every value.
   *
   * @param gateways at least one, without duplicates
   */
  public record Rule(
      Set<String> currencies, Set<String> methods, Set<String> tiers, List<Share> gateways) {
    public Rule {
      currencies = Set.copyOf(currencies);
      methods = Set.copyOf(methods);
      tiers = Set.copyOf(tiers);
      gateways = List.copyOf(gateways);
    }

    private boolean matches(String currency, String method, String tier) {
      return includes(currencies, currency) && includes(methods, method) && includes(tiers, tier);
    }

    private static boolean includes(Set<String> values, String value) {
      return values.isEmpty() || values.contains(value);
    }
  }

  /**
   * A gateway's share of a rule's payments.
   *
   * @param weight relative to the other weights; gateways of weight 0 are only fallbacks, in their
   *     order after all others
   */
  public record Share(String gateway, int weight) {}

  /**
   * Returns the gateways for an order, to be tried in order while nothing is charged: a weighted
   * random sample without replacement.
   */
  public List<String> gateways(
      String currency, String method, String tier, RandomGenerator random) {
    return rules.stream()
        .filter(rule -> rule.matches(currency, method, tier))
        .findFirst()
        .map(rule -> draw(rule.gateways(), random))
        .orElseGet(() -> List.of(defaultGateway));
  }

  private static List<String> draw(List<Share> shares, RandomGenerator random) {
    List<Share> remaining = new ArrayList<>(shares);
    List<String> drawn = new ArrayList<>(shares.size());
    while (!remaining.isEmpty()) {
      drawn.add(remaining.remove(drawIndex(remaining, random)).gateway());
    }
    return drawn;
  }

  private static int drawIndex(List<Share> remaining, RandomGenerator random) {
    int total = remaining.stream().mapToInt(Share::weight).sum();
    int point = total == 0 || remaining.size() == 1 ? 0 : random.nextInt(total);
    for (int i = 0; i < remaining.size() && total > 0; i++) {
      point -= remaining.get(i).weight();
      if (point < 0) {
        return i;
      }
    }
    return 0;
  }
}
