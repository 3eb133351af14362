package dev.paymeter.payment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.paymeter.payment.Routing.Rule;
import dev.paymeter.payment.Routing.Share;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RoutingTest {
  private static final Routing ROUTING =
      new Routing(
          List.of(
              new Rule(
                  Set.of("EUR", "GBP"),
                  Set.of(),
                  Set.of("premium"),
                  List.of(new Share("stripe", 3), new Share("paypal", 1), new Share("last", 0))),
              new Rule(
                  Set.of(),
                  Set.of("paypal"),
                  Set.of(),
                  List.of(new Share("paypal", 0), new Share("stripe", 0)))),
          "stripe");

  private final Random random = new Random(7);

  @Test
  void gateways_noRuleMatches_isTheDefault() {
    assertThat(gateways("USD", "credit_card", "premium")).containsExactly("stripe");
    assertThat(gateways("EUR", "credit_card", "basic")).containsExactly("stripe");
  }

  @Test
  void gateways_withoutWeights_areInOrder() {
    assertThat(gateways("USD", "paypal", "premium")).containsExactly("paypal", "stripe");
  }

  @Test
  void gateways_severalRulesMatch_areThoseOfTheFirst() {
    assertThat(gateways("EUR", "paypal", "premium")).hasSize(3);
  }

  /** The tolerance is nine standard deviations. */
  @Test
  void gateways_withWeights_areDrawnByWeight_eachOnce() {
    int count = 10_000;
    Map<List<String>, Long> drawn =
        IntStream.range(0, count)
            .mapToObj(i -> gateways("GBP", "credit_card", "premium"))
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));

    assertThat(drawn.keySet())
        .containsExactlyInAnyOrder(
            List.of("stripe", "paypal", "last"), List.of("paypal", "stripe", "last"));
    assertThat(drawn.get(List.of("stripe", "paypal", "last")) / (double) count)
        .isCloseTo(0.75, within(9 * Math.sqrt(0.75 * 0.25 / count)));
  }

  private List<String> gateways(String currency, String method, String tier) {
    return ROUTING.gateways(currency, method, tier, random);
  }
}
