package dev.paymeter.json;

import static dev.paymeter.bus.TestReaders.READER;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.Routing;
import dev.paymeter.payment.port.GatewayCapabilities;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PaymentOrderReaderTest {
  private static final String REFERENCE =
      "a string of 1 to 255 characters, not blank, no control characters";
  private static final String DECIMAL = "a decimal, as a string such as \"12.50\" or as a number";
  private static final String MOST = "at most 1000000.00 USD or the equivalent in its currency";
  private static final String EURO_BANKNOTE = "\uD83D\uDCB6";

  @Test
  void read_everyField_isRead() {
    PaymentOrder order =
        READER.read(
            new JsonObject()
                .put("order_id", "order_7")
                .put("user_id", "user_7")
                .put("amount", "1.500")
                .put("currency", "KWD")
                .put("user_tier", "premium")
                .put("payment_method", "apple_pay")
                .put("gateway", "paypal"),
            Optional.empty());

    assertThat(order)
        .isEqualTo(
            TestOrders.order()
                .references("order_7", "user_7")
                .of("1.500", "KWD")
                .tier("premium")
                .method("apple_pay")
                .gateway("paypal")
                .build());
  }

  @Test
  void read_onlyRequiredFields_hasTheDefaults() {
    assertThat(READER.read(json(), Optional.empty()))
        .isEqualTo(
            TestOrders.order()
                .of("12.50", "USD")
                .tier("standard")
                .method("credit_card")
                .gateway("stripe")
                .build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"order_id", "user_id"})
  void read_missingReference_isReported(String field) {
    JsonObject json = json();
    json.remove(field);

    assertThat(faults(json)).containsExactly(new FieldError(field, REFERENCE, "nothing"));
  }

  @Test
  void read_missingAmount_isReported() {
    JsonObject json = json();
    json.remove("amount");

    assertThat(faults(json)).containsExactly(new FieldError("amount", DECIMAL, "nothing"));
  }

  static Stream<Arguments> wrongReferences() {
    return Stream.of(
        Arguments.of(null, "null"),
        Arguments.of(42, "42"),
        Arguments.of(true, "true"),
        Arguments.of(new JsonObject(), "an object"),
        Arguments.of(new JsonArray(), "an array"),
        Arguments.of("", "\"\""),
        Arguments.of(" \t\n", "\" \t\n\""),
        Arguments.of("\u2003", "\"\u2003\""),
        Arguments.of("a\u0000b", "\"a\u0000b\""),
        Arguments.of("a\u007Fb", "\"a\u007Fb\""),
        Arguments.of("a\u0085b", "\"a\u0085b\""),
        Arguments.of("x".repeat(256), '"' + "x".repeat(80) + "…\""));
  }

  @ParameterizedTest
  @MethodSource("wrongReferences")
  void read_invalidReference_isReported(Object value, String found) {
    assertThat(faults(json().put("order_id", value)))
        .containsExactly(new FieldError("order_id", REFERENCE, found));
    assertThat(faults(json().put("user_id", value)))
        .containsExactly(new FieldError("user_id", REFERENCE, found));
  }

  static Stream<String> goodReferences() {
    return Stream.of(
        "x",
        "x".repeat(255),
        EURO_BANKNOTE.repeat(255), // 510 chars, 255 characters
        " padded ",
        "訂單-42",
        "\u00A0",
        "'; drop table payments; --");
  }

  @ParameterizedTest
  @MethodSource("goodReferences")
  void read_validReference_isUnchanged(String reference) {
    PaymentOrder order =
        READER.read(json().put("order_id", reference).put("user_id", reference), Optional.empty());

    assertThat(order.orderId()).isEqualTo(reference);
    assertThat(order.userId()).isEqualTo(reference);
  }

  @Test
  void read_tooManySupplementaryCharacters_isRejected() {
    assertThat(faults(json().put("order_id", EURO_BANKNOTE.repeat(256)))).hasSize(1);
  }

  /** Half a surrogate pair can be neither stored nor sent back. */
  @ParameterizedTest
  @ValueSource(strings = {"a\uD83D", "\uDCB6b", "\uDCB6\uD83D"})
  void read_loneSurrogate_isRejectedWithTextThatCanBeSent(String reference) {
    List<FieldError> faults = faults(json().put("order_id", reference).put(reference, 1));

    assertThat(faults).extracting(FieldError::expected).hasSize(2).contains(REFERENCE);
    assertThat(faults).allSatisfy(PaymentOrderReaderTest::assertCanBeSent);
  }

  @Test
  void read_longValueOfSupplementaryCharacters_isNotSplitWithinOne() {
    String reference = "x" + EURO_BANKNOTE.repeat(300);

    assertThat(faults(json().put("order_id", reference).put(reference, 1)))
        .hasSize(2)
        .allSatisfy(PaymentOrderReaderTest::assertCanBeSent);
  }

  private static void assertCanBeSent(FieldError fieldError) {
    assertThat(UTF_8.newEncoder().canEncode(fieldError.field() + fieldError.actual())).isTrue();
  }

  static Stream<Arguments> choices() {
    return Stream.of(
        Arguments.of("currency", "one of USD, EUR, GBP, JPY, KRW, KWD"),
        Arguments.of("user_tier", "one of basic, standard, premium"),
        Arguments.of(
            "payment_method",
            "one of credit_card, debit_card, paypal, apple_pay, google_pay, bank_transfer"),
        Arguments.of("gateway", "one of stripe, paypal"));
  }

  @ParameterizedTest
  @MethodSource("choices")
  void read_invalidChoice_isReported(String field, String expectedText) {
    assertThat(faults(json().put(field, "usd")))
        .containsExactly(new FieldError(field, expectedText, "\"usd\""));
    assertThat(faults(json().putNull(field)))
        .containsExactly(new FieldError(field, expectedText, "null"));
    assertThat(faults(json().put(field, 7)))
        .containsExactly(new FieldError(field, expectedText, "7"));
    assertThat(faults(json().put(field, "")))
        .containsExactly(new FieldError(field, expectedText, "\"\""));
    assertThat(faults(json().put(field, new JsonArray())))
        .containsExactly(new FieldError(field, expectedText, "an array"));
  }

  static Stream<Arguments> goodAmounts() {
    return Stream.of(
        Arguments.of("12.5", "USD", "12.50"),
        Arguments.of("0.01", "USD", "0.01"),
        Arguments.of("12.500000", "USD", "12.50"),
        Arguments.of(12, "USD", "12.00"),
        Arguments.of(12L, "USD", "12.00"),
        Arguments.of(BigInteger.TEN, "USD", "10.00"),
        Arguments.of(new BigDecimal("1e3"), "USD", "1000.00"),
        Arguments.of(new BigDecimal("0.10"), "USD", "0.10"),
        Arguments.of(0.1, "USD", "0.10"),
        Arguments.of("1000000.00", "USD", "1000000.00"),
        Arguments.of("157307", "JPY", "157307"),
        Arguments.of("0.001", "KWD", "0.001"));
  }

  @ParameterizedTest
  @MethodSource("goodAmounts")
  void read_validAmount_isExact(Object amount, String currency, String expected) {
    PaymentOrder order =
        READER.read(json().put("amount", amount).put("currency", currency), Optional.empty());

    assertThat(order.amount()).isEqualTo(TestOrders.money(expected, currency));
  }

  static Stream<Arguments> wrongAmounts() {
    return Stream.of(
        Arguments.of(null, DECIMAL),
        Arguments.of(true, DECIMAL),
        Arguments.of(new JsonObject(), DECIMAL),
        Arguments.of(new JsonArray().add(1), DECIMAL),
        Arguments.of("", DECIMAL),
        Arguments.of("NaN", DECIMAL),
        Arguments.of("Infinity", DECIMAL),
        Arguments.of(Double.NaN, DECIMAL),
        Arguments.of(Double.POSITIVE_INFINITY, DECIMAL),
        Arguments.of("1e3", DECIMAL),
        Arguments.of("+1", DECIMAL),
        Arguments.of(" 1", DECIMAL),
        Arguments.of("1 ", DECIMAL),
        Arguments.of("1.", DECIMAL),
        Arguments.of(".5", DECIMAL),
        Arguments.of("007", DECIMAL),
        Arguments.of("1,5", DECIMAL),
        Arguments.of("0x10", DECIMAL),
        Arguments.of("١٢", DECIMAL), // Arabic-Indic digits
        Arguments.of("9".repeat(40), DECIMAL),
        Arguments.of("0", "an amount above zero"),
        Arguments.of("0.00", "an amount above zero"),
        Arguments.of("-0.01", "an amount above zero"),
        Arguments.of(-1, "an amount above zero"),
        Arguments.of("1000000.01", MOST),
        Arguments.of("1000000000000000000", MOST),
        Arguments.of("0.001", "at most 2 decimals for USD"),
        Arguments.of(new BigDecimal("12.345"), "at most 2 decimals for USD"),
        Arguments.of(0.1 + 0.2, "at most 2 decimals for USD"));
  }

  @ParameterizedTest
  @MethodSource("wrongAmounts")
  void read_invalidAmount_isReported(Object amount, String expectedText) {
    assertThat(faults(json().put("amount", amount)))
        .extracting(FieldError::field, FieldError::expected)
        .containsExactly(tuple("amount", expectedText));
  }

  @ParameterizedTest
  @CsvSource({
    "USD, 1000000.00, 1000000.01",
    "EUR, 968898.36, 968898.37", // 999999.997…, rounds to the maximum; 1000000.007…
    "GBP, 801346.26, 801346.27",
    "JPY, 157306906, 157306907",
    "KRW, 1470588242, 1470588243",
    "KWD, 308404.010, 308404.011"
  })
  void read_maximum_isConvertedForEachCurrency(String currency, String most, String tooMuch) {
    JsonObject json = json().put("currency", currency);

    assertThat(READER.read(json.copy().put("amount", most), Optional.empty()).amount())
        .isEqualTo(TestOrders.money(most, currency));
    assertThat(faults(json.copy().put("amount", tooMuch)))
        .extracting(FieldError::expected)
        .containsExactly(MOST);
  }

  @ParameterizedTest
  @CsvSource({"JPY, 0.5, 0", "KWD, 0.0001, 3"})
  void read_tooManyDecimals_reportsTheMaximum(String currency, String amount, int decimals) {
    assertThat(faults(json().put("currency", currency).put("amount", amount)))
        .extracting(FieldError::expected)
        .containsExactly("at most " + decimals + " decimals for " + currency);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e2147483647", "-1e2147483647", "1e-2147483647", "12345e2147483000"})
  void read_hugeExponent_isRejectedQuickly(String amount) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () ->
            assertThat(faults(json().put("amount", new BigDecimal(amount))))
                .extracting(FieldError::field)
                .containsExactly("amount"));
  }

  @Test
  void read_unknownField_isReported() {
    assertThat(faults(json().put("card_number", "x")))
        .containsExactly(
            new FieldError(
                "card_number",
                "no such field; known fields: amount, capture, currency, customer, description,"
                    + " gateway, metadata, order_id, payment_method, payment_token, return_url,"
                    + " user_id, user_tier",
                "present"));
  }

  @Test
  void read_severalErrors_areAllReported() {
    JsonObject json =
        new JsonObject()
            .put("user_id", "")
            .put("amount", "-1")
            .put("currency", "XXX")
            .put("user_tier", "gold")
            .put("payment_method", 1)
            .putNull("gateway")
            .put("extra", 1);

    RequestRejectedException rejected = rejection(json);

    assertThat(rejected.reason()).isEqualTo(RequestRejectedException.Reason.INVALID);
    assertThat(rejected.detail()).isEqualTo("8 fields are wrong.");
    assertThat(rejected.fieldErrors())
        .extracting(FieldError::field)
        .containsExactly(
            "order_id",
            "user_id",
            "currency",
            "amount",
            "user_tier",
            "payment_method",
            "gateway",
            "extra");
  }

  /** Another gateway does not know that the payment was charged already. */
  @Test
  void read_sameKey_goesToTheSameGateways() {
    PaymentOrderReader weighted = weighted();
    List<PaymentOrder> orders = new ArrayList<>();

    for (int i = 0; i < 100; i++) {
      Optional<IdempotencyKey> key =
          Optional.of(new IdempotencyKey("shop", "POST /p", "k-" + i, "aa"));
      PaymentOrder order = weighted.read(json(), key);
      assertThat(weighted.read(json(), key)).isEqualTo(order);
      orders.add(order);
    }

    assertThat(orders).filteredOn(order -> order.gateway().equals("stripe")).hasSizeBetween(30, 70);
    assertThat(orders).allMatch(order -> order.fallbacks().size() == 1);
  }

  private static PaymentOrderReader weighted() {
    Routing.Rule rule =
        new Routing.Rule(
            Set.of(),
            Set.of(),
            Set.of(),
            List.of(new Routing.Share("stripe", 1), new Routing.Share("paypal", 1)));
    return new PaymentOrderReader(
        READER.allowedValues(),
        READER.defaults(),
        new Routing(List.of(rule), "stripe"),
        READER.amounts(),
        READER.tokens(),
        READER.capabilities());
  }

  /** As at a wallet, where the payer must have approved the payment before. */
  private static PaymentOrderReader withWallet(String... route) {
    Routing.Rule rule =
        new Routing.Rule(
            Set.of(),
            Set.of(),
            Set.of(),
            Stream.of(route).map(gateway -> new Routing.Share(gateway, 0)).toList());
    GatewayCapabilities wallet =
        new GatewayCapabilities(Set.of(), Map.of("GBP", 0), Set.of(), 255, Set.of());
    return new PaymentOrderReader(
        READER.allowedValues(),
        READER.defaults(),
        new Routing(List.of(rule), "stripe"),
        READER.amounts(),
        READER.tokens(),
        gateway -> gateway.equals("paypal") ? wallet : GatewayCapabilities.ALL);
  }

  @Test
  void read_namedGatewayCannotCarryItOut_isRejected() {
    JsonObject order =
        json().put("gateway", "paypal").put("currency", "GBP").put("metadata", json());

    RequestRejectedException rejected =
        catchThrowableOfType(
            RequestRejectedException.class,
            () -> withWallet("stripe").read(order, Optional.empty()));

    assertThat(rejected.fieldErrors())
        .containsExactly(
            new FieldError("amount", "at most 0 decimals for GBP, at gateway paypal", "12.50"),
            new FieldError("payment_token", "a token, at gateway paypal", "nothing"),
            new FieldError("metadata", "nothing, at gateway paypal", "3 entries"));
  }

  @Test
  void read_routedGatewayCannotCarryItOut_isLeftOut() {
    PaymentOrder first = withWallet("paypal", "stripe").read(json(), Optional.empty());
    PaymentOrder last = withWallet("stripe", "paypal").read(json(), Optional.empty());

    assertThat(List.of(first, last))
        .allSatisfy(
            order -> {
              assertThat(order.gateway()).isEqualTo("stripe");
              assertThat(order.fallbacks()).isEmpty();
            });
  }

  @Test
  void read_noRoutedGatewayCanCarryItOut_isRejected() {
    RequestRejectedException rejected =
        catchThrowableOfType(
            RequestRejectedException.class,
            () -> withWallet("paypal").read(json(), Optional.empty()));

    assertThat(rejected.fieldErrors())
        .containsExactly(new FieldError("payment_token", "a token, at gateway paypal", "nothing"));
  }

  /** Else it could be the token of the gateway that was left out. */
  @Test
  void read_tokenAndOneOfTwoGatewaysLeftOut_mustNameTheGateway() {
    JsonObject order =
        json().put("payment_token", "x_1").put("metadata", new JsonObject().put("a", "b"));

    RequestRejectedException rejected =
        catchThrowableOfType(
            RequestRejectedException.class,
            () -> withWallet("paypal", "stripe").read(order, Optional.empty()));

    assertThat(rejected.fieldErrors()).extracting(FieldError::field).containsExactly("gateway");
  }

  @Test
  void read_oneError_hasItsDetail() {
    assertThat(rejection(json().put("amount", "x")).detail()).isEqualTo("One field is wrong.");
  }

  private static JsonObject json() {
    return new JsonObject()
        .put("order_id", "order_1")
        .put("user_id", "user_1")
        .put("amount", "12.50");
  }

  private static List<FieldError> faults(JsonObject json) {
    return rejection(json).fieldErrors();
  }

  private static RequestRejectedException rejection(JsonObject json) {
    RequestRejectedException rejected =
        catchThrowableOfType(
            RequestRejectedException.class, () -> READER.read(json, Optional.empty()));
    assertThat(rejected).as("rejection").isNotNull();
    return rejected;
  }
}
