package dev.paymeter.json;

import static dev.paymeter.bus.TestReaders.READER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.paymeter.payment.OrderDetails;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.Routing;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The token, customer, description and metadata of an order. */
class OrderDetailsTest {
  private static final String CARD = "4111111111111111";
  private static final String TEXT =
      "a string of 1 to 255 characters, not blank, no control characters";
  private static final String TOKEN = "a string of 1 to 255 printable ASCII characters, no spaces";
  private static final String NAME =
      "names of 1 to 40 characters, not blank, no control characters and square brackets";

  private static JsonObject json() {
    return new JsonObject()
        .put("order_id", "order_1")
        .put("user_id", "user_1")
        .put("amount", "12.50");
  }

  private static PaymentOrder read(JsonObject json) {
    return READER.read(json, Optional.empty());
  }

  private static List<FieldError> errors(PaymentOrderReader reader, JsonObject json) {
    RequestRejectedException rejected =
        catchThrowableOfType(
            RequestRejectedException.class, () -> reader.read(json, Optional.empty()));
    assertThat(rejected).as("rejection").isNotNull();
    return rejected.fieldErrors();
  }

  private static JsonObject metadata(String name, Object value) {
    return json().put("metadata", new JsonObject().put(name, value));
  }

  private static JsonObject entries(int count) {
    JsonObject metadata = new JsonObject();
    for (int i = 0; i < count; i++) {
      metadata.put("name " + i, "v".repeat(255));
    }
    return metadata;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://shop.test/return?order=7#done",
        "HTTPS://SHOP.test:8443",
        "http://localhost:3000/return",
        "http://127.0.0.1/",
        "http://[::1]:8080/a"
      })
  void read_returnUrl_isRead(String url) {
    PaymentOrder order = read(json().put("return_url", url));

    assertThat(order.details().returnAddress().url()).isEqualTo(url);
    assertThat(order.createdBy("shop").details().returnAddress().owner()).isEqualTo("shop");
    assertThat(order.toString()).doesNotContain(url);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/return",
        "shop.test/return",
        "http://shop.test/return",
        "http://localhost.shop.test/",
        "https:///return",
        "https://user:secret@shop.test/",
        "https://user@shop.test/",
        "javascript:alert(1)",
        "app://return",
        "https://shop.test/a b",
        "https://shop.test/\u00e9",
        "https://shop.test/4111111111111111"
      })
  void read_invalidReturnUrl_isRejectedAndNotQuoted(String url) {
    assertThat(errors(READER, json().put("return_url", url)))
        .containsExactly(
            new FieldError(
                "return_url",
                "an absolute https URL of at most 500 characters, without credentials",
                "a value that is not shown"));
  }

  @Test
  void read_returnUrl_hasALimit() {
    String longest = "https://shop.test/" + "a".repeat(482);

    assertThat(read(json().put("return_url", longest)).details().allowsAction()).isTrue();
    assertThat(errors(READER, json().put("return_url", longest + "a"))).hasSize(1);
    assertThat(errors(READER, json().put("return_url", 7))).hasSize(1);
  }

  @Test
  void read_allDetails_areRead() {
    PaymentOrder order =
        read(
            json()
                .put("payment_token", "pm_card_secret")
                .put("customer", "cus_1")
                .put("description", "Two \uD83D\uDC5F & 'socks'")
                .put(
                    "metadata",
                    new JsonObject()
                        .put("shop", "north")
                        .put("order_id", "A-7")
                        .put("basket.\u00E9", "1, 2")));

    assertThat(order).isEqualTo(TestOrders.order().allDetails().build());
    assertThat(order.details().paymentToken().orElseThrow().require()).isEqualTo("pm_card_secret");
    assertThat(order.details().metadata().keySet())
        .containsExactly("basket.\u00E9", "order_id", "shop");
  }

  @Test
  void read_noDetails_hasNone() {
    assertThat(read(json()).details()).isSameAs(OrderDetails.NONE);
    assertThat(read(json().put("metadata", new JsonObject())).details())
        .isSameAs(OrderDetails.NONE);
  }

  @Test
  void read_mostMetadata_isRead() {
    assertThat(read(json().put("metadata", entries(20))).details().metadata()).hasSize(20);
    assertThat(read(metadata("n".repeat(40), "\uD83D\uDC5F")).details().metadata()).hasSize(1);
  }

  static Stream<Object> invalidTokens() {
    return Stream.of(
        "",
        " ",
        "pm secret",
        "pm_s\u00E9cret",
        "pm_secret\n",
        "pm_secret" + "x".repeat(247),
        "pm_secret" + CARD,
        42,
        true,
        new JsonObject().put("pm_secret", 1),
        new JsonArray());
  }

  @ParameterizedTest
  @MethodSource("invalidTokens")
  void read_invalidToken_isReportedButNotQuoted(Object token) {
    assertThat(errors(READER, json().put("payment_token", token)))
        .containsExactly(new FieldError("payment_token", TOKEN, "a value that is not shown"));
    assertThat(errors(READER, json().putNull("payment_token"))).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"customer", "description"})
  void read_invalidText_isReported(String field) {
    assertThat(errors(READER, json().put(field, "")))
        .containsExactly(new FieldError(field, TEXT, "\"\""));
    assertThat(errors(READER, json().put(field, "x".repeat(256))))
        .extracting(FieldError::field)
        .containsExactly(field);
    assertThat(errors(READER, json().put(field, 7)))
        .containsExactly(new FieldError(field, TEXT, "7"));
    assertThat(errors(READER, json().put(field, "card " + CARD)))
        .containsExactly(new FieldError(field, "no card number", "a card number"));
  }

  static Stream<Arguments> invalidMetadata() {
    return Stream.of(
        Arguments.of(json().put("metadata", "a=b"), "metadata", "an object of strings", "\"a=b\""),
        Arguments.of(json().putNull("metadata"), "metadata", "an object of strings", "null"),
        Arguments.of(
            json().put("metadata", entries(21)), "metadata", "at most 20 entries", "21 entries"),
        Arguments.of(metadata("", "x"), "metadata", NAME, "\"\""),
        Arguments.of(metadata("n".repeat(41), "x"), "metadata", NAME, '"' + "n".repeat(41) + '"'),
        Arguments.of(metadata("a[b]", "x"), "metadata", NAME, "\"a[b]\""),
        Arguments.of(metadata("a", 1), "metadata.a", TEXT, "1"),
        Arguments.of(metadata("a", ""), "metadata.a", TEXT, "\"\""),
        Arguments.of(metadata("a", null), "metadata.a", TEXT, "null"),
        Arguments.of(metadata("a", new JsonObject()), "metadata.a", TEXT, "an object"),
        Arguments.of(metadata("a", CARD), "metadata.a", "no card number", "a card number"),
        Arguments.of(metadata(CARD, "x"), "metadata", "no card number", "a card number"),
        Arguments.of(
            metadata("Paymeter_id", "x"),
            "metadata",
            "names that do not begin with paymeter_",
            "\"Paymeter_id\""));
  }

  @ParameterizedTest
  @MethodSource("invalidMetadata")
  void read_invalidMetadata_isReported(
      JsonObject json, String field, String expected, String actual) {
    assertThat(errors(READER, json)).containsExactly(new FieldError(field, expected, actual));
  }

  @Test
  void read_severalErrors_areAllReported() {
    JsonObject json = metadata("a", 1).put("customer", "").put("payment_token", "");
    json.getJsonObject("metadata").put("b", 2);

    assertThat(errors(READER, json))
        .extracting(FieldError::field)
        .containsExactly("payment_token", "customer", "metadata.a", "metadata.b");
  }

  /** A token that is sent to another gateway is no secret any more. */
  @ParameterizedTest
  @ValueSource(strings = {"payment_token", "customer"})
  void read_severalGatewaysForToken_mustBeNamed(String field) {
    JsonObject json = json().put(field, "x_1");

    assertThat(errors(twoGateways(), json))
        .containsExactly(
            new FieldError(
                "gateway",
                "the one that issued the payment_token or customer, one of paypal, stripe",
                "nothing"));
    assertThat(twoGateways().read(json.put("gateway", "paypal"), Optional.empty()).fallbacks())
        .isEmpty();
  }

  @Test
  void read_severalGatewaysForMetadata_areFallbacks() {
    PaymentOrder order = twoGateways().read(metadata("a", "b"), Optional.empty());

    assertThat(order.fallbacks()).hasSize(1);
    assertThat(order.details().metadata()).isEqualTo(Map.of("a", "b"));
  }

  private static PaymentOrderReader twoGateways() {
    Routing.Rule rule =
        new Routing.Rule(
            Set.of(),
            Set.of(),
            Set.of(),
            List.of(new Routing.Share("stripe", 1), new Routing.Share("paypal", 0)));
    return new PaymentOrderReader(
        READER.allowedValues(),
        READER.defaults(),
        new Routing(List.of(rule), "stripe"),
        READER.amounts(),
        READER.tokens(),
        READER.capabilities());
  }

  @Test
  void withoutSecrets_token_isReplacedByItsHash() {
    JsonObject json = json().put("payment_token", "pm_secret");

    JsonObject stored = READER.withoutSecrets(json);

    assertThat(stored.encode()).doesNotContain("pm_secret");
    assertThat(stored)
        .isEqualTo(json().put("payment_token", TestOrders.TOKENS.create("pm_secret").hash()));
    assertThat(json.getString("payment_token")).isEqualTo("pm_secret");
    assertThat(READER.withoutSecrets(json().put("amount", 1))).isEqualTo(json().put("amount", 1));
  }
}
