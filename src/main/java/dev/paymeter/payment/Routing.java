package dev.paymeter.payment;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Which gateways an order goes to that names none: those of the first rule that fits. Immutable;
 * safe from any thread.
 *
 * @param rules looked at in their order
 * @param otherwise the gateway of an order that no rule fits; it has no fallbacks
 */
public record Routing(List<Rule> rules, String otherwise) {
  public Routing {
    rules = List.copyOf(rules);
  }

  /** Everything goes to one gateway. */
  public static Routing to(String gateway) {
    return new Routing(List.of(), gateway);
  }

  /**
   * One rule. It fits an order whose words are all in its sets; an empty set holds every word.
   *
   * @param gateways at least one, different ones
   */
  public record Rule(
      Set<String> currencies, Set<String> methods, Set<String> tiers, List<Share> gateways) {
    public Rule {
      currencies = Set.copyOf(currencies);
      methods = Set.copyOf(methods);
      tiers = Set.copyOf(tiers);
      gateways = List.copyOf(gateways);
    }

    private boolean fits(String currency, String method, String tier) {
      return holds(currencies, currency) && holds(methods, method) && holds(tiers, tier);
    }

    private static boolean holds(Set<String> words, String word) {
      return words.isEmpty() || words.contains(word);
    }
  }

  /**
   * A gateway's share of a rule's payments.
   *
   * @param weight against the others' weights; at 0 it gets what none of the others could take, and
   *     several of 0 come in their order
   */
  public record Share(String gateway, int weight) {}

  /**
   * The gateways that an order is to be sent to, one after the other while nothing is charged:
   * drawn by their weights, without putting back.
   */
  public List<String> gateways(
      String currency, String method, String tier, RandomGenerator random) {
    return rules.stream()
        .filter(rule -> rule.fits(currency, method, tier))
        .findFirst()
        .map(rule -> draw(rule.gateways(), random))
        .orElseGet(() -> List.of(otherwise));
  }

  private static List<String> draw(List<Share> shares, RandomGenerator random) {
    List<Share> left = new ArrayList<>(shares);
    List<String> drawn = new ArrayList<>(shares.size());
    while (!left.isEmpty()) {
      drawn.add(left.remove(next(left, random)).gateway());
    }
    return drawn;
  }

  private static int next(List<Share> left, RandomGenerator random) {
    int all = left.stream().mapToInt(Share::weight).sum();
    int point = all == 0 || left.size() == 1 ? 0 : random.nextInt(all);
    for (int i = 0; i < left.size() && all > 0; i++) {
      point -= left.get(i).weight();
      if (point < 0) {
        return i;
      }
    }
    return 0;
  }
}
