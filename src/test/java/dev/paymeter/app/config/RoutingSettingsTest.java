package dev.paymeter.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.Routing;
import dev.paymeter.payment.Routing.Rule;
import dev.paymeter.payment.Routing.Share;
import dev.paymeter.support.payment.TestOrders;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoutingSettingsTest {
  @Test
  void read_nothing_isTheDefaultGateway() throws SettingsException {
    assertThat(read("")).isEqualTo(new Routing(List.of(), "stripe"));
  }

  @Test
  void read_rules_areParsedInOrder() throws SettingsException {
    assertThat(
            read(
                "currency=EUR|GBP  tier=premium ->stripe:3 paypal:1, method=paypal -> paypal,-> stripe paypal"))
        .isEqualTo(
            new Routing(
                List.of(
                    new Rule(
                        Set.of("EUR", "GBP"),
                        Set.of(),
                        Set.of("premium"),
                        List.of(new Share("stripe", 3), new Share("paypal", 1))),
                    new Rule(Set.of(), Set.of("paypal"), Set.of(), List.of(new Share("paypal", 0))),
                    new Rule(
                        Set.of(),
                        Set.of(),
                        Set.of(),
                        List.of(new Share("stripe", 0), new Share("paypal", 0)))),
                "stripe"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "stripe",
        "->",
        "tier=premium stripe",
        "tier=gold -> stripe",
        "tier=premium tier=basic -> stripe",
        "tier= -> stripe",
        "tier -> stripe",
        "country=CH -> stripe",
        "-> adyen",
        "-> stripe stripe",
        "-> stripe:1 paypal",
        "-> stripe:-1",
        "-> stripe:1.5",
        "-> stripe,,-> paypal",
        "-> stripe -> paypal"
      })
  void read_invalidRules_areRejectedWithExpectedAndFound(String rules) {
    assertThatThrownBy(() -> read(rules))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("routing.rules: expected rules such as")
        .hasMessageContaining('"' + rules + '"');
  }

  private static Routing read(String rules) throws SettingsException {
    ConfigSource source =
        new ConfigSource(Optional.empty(), Map.of("PAYMETER_ROUTING_RULES", rules));
    Routing routing = new RoutingSettings(source, TestOrders.ALLOWED_VALUES).read("stripe");
    source.throwIfInvalid();
    return routing;
  }
}
