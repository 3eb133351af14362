package dev.paymeter.app.config;

import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.Routing;
import dev.paymeter.payment.Routing.Rule;
import dev.paymeter.payment.Routing.Share;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reader of the routing rules. A rule has conditions, an arrow, and gateways: {@code
 * currency=EUR|GBP tier=premium -> stripe:3 paypal:1}. The numbers are weights, for all gateways or
 * none; without them the gateways are tried in their order.
 */
record RoutingSettings(ConfigSource source, AllowedValues allowedValues) {
  private static final String KEY = "routing.rules";
  private static final String EXPECTED =
      "rules such as \"currency=EUR|GBP method=paypal tier=premium -> stripe:3 paypal:1\", with"
          + " configured values";
  private static final Pattern RULE = Pattern.compile("(.*?)\\s*->\\s*(.+)");
  private static final Pattern SHARE = Pattern.compile("([^:]+)(?::(\\d{1,6}))?");

  /**
   * @param defaultGateway of orders that match no rule
   */
  Routing read(String defaultGateway) {
    List<Rule> rules =
        source.value(
            KEY,
            List.of(),
            EXPECTED,
            text -> Arrays.stream(text.split(",", -1)).map(this::rule).toList());
    return new Routing(rules, defaultGateway);
  }

  private Rule rule(String text) {
    Matcher parts = RULE.matcher(text.strip());
    ConfigSource.require(parts.matches());
    Map<String, Set<String>> conditions = new HashMap<>();
    for (String condition : words(parts.group(1))) {
      String[] sides = condition.split("=", -1);
      ConfigSource.require(sides.length == 2);
      ConfigSource.require(conditions.put(sides[0], allowed(sides[0], sides[1])) == null);
    }
    return new Rule(
        conditions.getOrDefault("currency", Set.of()),
        conditions.getOrDefault("method", Set.of()),
        conditions.getOrDefault("tier", Set.of()),
        shares(words(parts.group(2))));
  }

  private Set<String> allowed(String name, String values) {
    List<String> known =
        switch (name) {
          case "currency" -> allowedValues.currencies();
          case "method" -> allowedValues.methods();
          case "tier" -> allowedValues.tiers();
          default -> List.of();
        };
    List<String> list = List.of(values.split("\\|", -1));
    ConfigSource.require(known.containsAll(list));
    return Set.copyOf(list);
  }

  private List<Share> shares(List<String> words) {
    List<Share> shares = new ArrayList<>();
    Set<String> names = new HashSet<>();
    int weighted = 0;
    for (String word : words) {
      Matcher parts = SHARE.matcher(word);
      ConfigSource.require(parts.matches() && allowedValues.gateways().contains(parts.group(1)));
      ConfigSource.require(names.add(parts.group(1)));
      boolean hasWeight = parts.group(2) != null;
      weighted += hasWeight ? 1 : 0;
      shares.add(new Share(parts.group(1), hasWeight ? Integer.parseInt(parts.group(2)) : 0));
    }
    ConfigSource.require(!shares.isEmpty() && (weighted == 0 || weighted == shares.size()));
    return shares;
  }

  private static List<String> words(String text) {
    return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
  }
}
