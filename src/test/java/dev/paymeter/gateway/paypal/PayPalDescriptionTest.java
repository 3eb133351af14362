package dev.paymeter.gateway.paypal;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.gateway.http.GatewayHttpClient;
import dev.paymeter.gateway.http.GatewayRequests;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Finds requests and responses that PayPal's description does not allow. */
@ExtendWith(VertxExtension.class)
class PayPalDescriptionTest {
  private static final String ORDERS = "/v2/checkout/orders";
  private static final String REQUEST =
      """
      {"intent": "CAPTURE", "purchase_units": [{"custom_id": "c", "invoice_id": "i",
       "amount": {"currency_code": "USD", "value": "12.50"}}]}
      """;
  private static final String ORDER =
      """
      {"id": "1A", "intent": "CAPTURE", "status": "CREATED", "purchase_units": [
       {"reference_id": "default", "amount": {"currency_code": "USD", "value": "12.50"},
        "payee": {"merchant_id": "TESTMERCHANT2"}}]}
      """;

  private final PayPalDescription description = PayPalDescription.load();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "intent": "CAPTURE", | ''                   | has no intent
          "CAPTURE"            | "CHARGE"             | .intent is CHARGE, none of
          "value": "12.50"     | "value": "12,50"     | .amount.value is 12,50, not as
          "value": "12.50"     | "value": 12.5        | .amount.value is 12.5, no string
          "currency_code": "USD" | "currency_code": "US" | has 2 characters, fewer than 3
          "custom_id"          | "customer_id"        | has customer_id, which is not described
          """)
  void requestErrors_notAsDescribed_areNamed(String part, String otherwise, String error) {
    JsonObject other = new JsonObject(REQUEST.replace(part, otherwise));

    assertThat(errors(new JsonObject(REQUEST))).isEmpty();
    assertThat(errors(other)).singleElement().asString().contains(error);
  }

  @Test
  void requestErrors_noPurchaseUnits_areNamed() {
    JsonObject none = new JsonObject(REQUEST).put("purchase_units", new JsonArray());

    assertThat(errors(none)).singleElement().asString().contains("has 0 items");
  }

  @Test
  void requestErrors_headersAndQuery_areNamed() {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap().add("PayPal-Request-Id", "x".repeat(109));

    assertThat(description.requestErrors("POST", ORDERS, "a=b", headers, new JsonObject(REQUEST)))
        .hasSize(2)
        .anyMatch(error -> error.contains("has a, which is not described"))
        .anyMatch(error -> error.contains("has 109 characters"));
    assertThat(description.requestErrors("GET", "/v1/reporting/transactions", "", none(), null))
        .hasSize(2);
    assertThat(description.requestErrors("DELETE", ORDERS, "", none(), null))
        .containsExactly("DELETE /v2/checkout/orders is not described");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "CREATED"       | "OPEN"          | .status is OPEN, none of
          "TESTMERCHANT2" | "TESTMERCHANT1" | .payee.merchant_id is TESTMERCHANT1, not as
          "status"        | "state"         | has state, which is not described
          """)
  void responseErrors_notAsDescribed_areNamed(String part, String otherwise, String error) {
    JsonObject other = new JsonObject(ORDER.replace(part, otherwise));

    assertThat(description.responseErrors("POST", ORDERS, 201, new JsonObject(ORDER))).isEmpty();
    assertThat(description.responseErrors("POST", ORDERS, 201, other))
        .singleElement()
        .asString()
        .contains(error);
  }

  @Test
  void responseErrors_errors_haveTheirNames() {
    JsonObject error =
        new JsonObject()
            .put("name", "UNPROCESSABLE_ENTITY")
            .put("details", new JsonArray().add(new JsonObject().put("issue", "X")));

    assertThat(description.responseErrors("POST", ORDERS, 422, error)).isEmpty();
    assertThat(description.responseErrors("POST", ORDERS, 400, error)).hasSize(1);
    assertThat(description.responseErrors("POST", ORDERS, 202, error)).hasSize(1);
  }

  @Test
  void close_requestDiffers_fails(Vertx vertx) {
    FakePayPal paypal = new FakePayPal(vertx);
    GatewayRequests requests =
        new GatewayHttpClient(
                vertx,
                new GatewayHttpClient.Endpoint(
                    "PayPal", paypal.url(), paypal.options().trustedCertificates()),
                FakePayPal.TIMEOUT,
                1)
            .begin();

    await(
        requests.send(
            new RequestOptions().setMethod(HttpMethod.POST).setURI(ORDERS), Buffer.buffer("{}")));

    assertThatThrownBy(paypal::close)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("POST /v2/checkout/orders has no intent");
  }

  @Test
  void close_responseDiffers_fails(Vertx vertx) {
    FakePayPal paypal = new FakePayPal(vertx);
    PayPalGateway gateway = paypal.gateway(Duration.ZERO);
    paypal.answerOnce("/orders", 201, new JsonObject().put("id", 1));

    FakePayPal.assertUnknown(gateway.charge(FakePayPal.order().pending()));

    assertThatThrownBy(paypal::close)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(".id is 1, no string");
  }

  private List<String> errors(JsonObject request) {
    return description.requestErrors("POST", ORDERS, "", none(), request);
  }

  private static MultiMap none() {
    return MultiMap.caseInsensitiveMultiMap();
  }
}
