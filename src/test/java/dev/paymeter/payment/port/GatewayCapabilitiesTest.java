package dev.paymeter.payment.port;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.CaptureMode;
import dev.paymeter.payment.OrderDetails;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.support.payment.TestOrders;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GatewayCapabilitiesTest {
  private static final GatewayCapabilities FEW =
      new GatewayCapabilities(
          Set.of("USD", "EUR"), Map.of("EUR", 0), Set.of("paypal"), 5, Set.of());

  private static OrderDetails details(String description, Map<String, String> metadata) {
    return new OrderDetails(TestOrders.TOKENS.create("token"), null, description, metadata);
  }

  private static PaymentOrder order(OrderDetails details) {
    return TestOrders.order().method("paypal").details(details).build();
  }

  @Test
  void violations_all_areNone() {
    PaymentOrder order = TestOrders.order().of("1.500", "KWD").allDetails().build();

    assertThat(GatewayCapabilities.ALL.violations(order, "any")).isEmpty();
  }

  @Test
  void violations_everythingElse_areNamedTogether() {
    PaymentOrder order =
        TestOrders.order()
            .of("500", "JPY")
            .details(
                new OrderDetails(null, "cus_1", "socks!", Map.of("a", "b"))
                    .withCapture(CaptureMode.MANUAL)
                    .withReturnAddress(TestOrders.RETURN))
            .build();

    assertThat(FEW.violations(order, "wallet"))
        .containsExactly(
            new FieldError("currency", "one of EUR, USD, at gateway wallet", "\"JPY\""),
            new FieldError("payment_method", "one of paypal, at gateway wallet", "\"credit_card\""),
            new FieldError("payment_token", "a token, at gateway wallet", "nothing"),
            new FieldError("customer", "nothing, at gateway wallet", "a customer"),
            new FieldError("metadata", "nothing, at gateway wallet", "1 entries"),
            new FieldError("capture", "automatic, at gateway wallet", "\"manual\""),
            new FieldError("return_url", "nothing, at gateway wallet", "a URL"),
            new FieldError(
                "description", "at most 5 characters, at gateway wallet", "6 characters"));
  }

  @Test
  void violations_acceptedOrder_areNone() {
    assertThat(FEW.violations(order(details("socks", Map.of())), "wallet")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"12.50, USD, ", "12.00, EUR, ", "12.50, EUR, at most 0 decimals for EUR"})
  void amountViolation_decimals_areThoseOfTheGateway(
      String amount, String currency, String expected) {
    Optional<FieldError> error =
        expected == null
            ? Optional.empty()
            : Optional.of(new FieldError("amount", expected + ", at gateway wallet", amount));

    assertThat(FEW.amountViolation(TestOrders.money(amount, currency), "wallet")).isEqualTo(error);
  }
}
