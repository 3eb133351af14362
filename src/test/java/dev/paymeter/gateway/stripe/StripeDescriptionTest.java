package dev.paymeter.gateway.stripe;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Finds requests and responses that Stripe's description does not allow. */
@ExtendWith(VertxExtension.class)
class StripeDescriptionTest {
  private static final String INTENTS = "/v1/payment_intents";
  private static final String INTENT =
      """
      {"id": "pi_1", "object": "payment_intent", "created": 1, "livemode": false, "amount": 50,
       "status": "succeeded", "last_payment_error": null, "metadata": {"payment_id": "p"}}
      """;

  private final StripeDescription description = StripeDescription.load();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          POST | /v1/payment_intents              | amount=50&currency=usd&metadata[a]=x
          POST | /v1/payment_intents              | amount=50&currency=usd&metadata%5Ba%5D=%26&confirm=true
          POST | /v1/payment_intents              | amount=50&currency=usd&allowed_payment_method_types[]=card&allowed_payment_method_types[]=link
          POST | /v1/payment_intents/pi_1/confirm | payment_method=pm_1
          POST | /v1/payment_intents/pi_1/cancel  | ''
          GET  | /v1/account                      | ''
          GET  | /v1/payment_intents/pi_1         | ''
          GET  | /v1/payment_intents/search       | query=a&limit=1
          GET  | /v1/payment_intents              | created%5Bgte%5D=1767225600&limit=100&starting_after=pi_1
          GET  | /v1/refunds                      | payment_intent=pi_1&limit=100&starting_after=re_1
          POST | /v1/refunds                      | payment_intent=pi_1&amount=5&metadata[refund_id]=r
          """)
  void faultsOfRequest_asDescribed_areNone(String method, String path, String form) {
    assertThat(description.faultsOfRequest(method, path, form)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          amount=50                                 | has no currency
          currency=usd                              | has no amount
          amount=0.5&currency=usd                   | .amount is 0.5, no integer
          amount=50&currency=USD                    | .currency is USD, no currency
          amount=50&currency=usd&confirm=yes        | .confirm is yes, no boolean
          amount=50&currency=usd&capture_method=now | .capture_method is now, none of
          amount=50&currency=usd&payment_method_types[]=card | has payment_method_types, which is not
          amount=50&currency=usd&amount=51          | amount is given 2 times
          amount=50&currency=usd&metadata=x         | .metadata is x, no object
          amount=50&currency=usd&allowed_payment_method_types=card | is card, no array
          amount=50&currency=usd&allowed_payment_method_types[]=gold | [] is gold, none of
          amount=50&currency=usd&a[b][c]=1          | a[b][c] is no name of a parameter
          amount=50&currency=usd&statement_descriptor=12345678901234567890123 | has 23 characters
          """)
  void faultsOfRequest_notAsDescribed_areNamed(String form, String fault) {
    assertThat(description.faultsOfRequest("POST", INTENTS, form))
        .singleElement()
        .asString()
        .contains(fault);
  }

  @Test
  void faultsOfRequest_unknownOperation_isNamed() {
    assertThat(description.faultsOfRequest("DELETE", INTENTS, ""))
        .containsExactly("DELETE /v1/payment_intents is not described");
    assertThat(description.faultsOfRequest("GET", "/v1/charges", "")).hasSize(1);
    assertThat(description.faultsOfRequest("GET", "/v1/refunds/re_1/x", "")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "created": 1,          | ''                    | has no created
          "livemode": false      | "livemode": "no"      | .livemode is no, no boolean
          "amount": 50           | "amount": 50.5        | .amount is 50.5, no integer
          "amount": 50           | "amount": null        | .amount is null
          "succeeded"            | "paid"                | .status is paid, none of
          "amount": 50           | "sum": 50             | has sum, which is not described
          {"payment_id": "p"}    | {"payment_id": 1}     | .metadata.payment_id is 1, no string
          "last_payment_error": null | "last_payment_error": {"type": "x"} | .type is x, none of
          """)
  void faultsOfAnswer_notAsDescribed_areNamed(String part, String otherwise, String fault) {
    String answer = INTENT.replace(part, otherwise);

    assertThat(description.faultsOfAnswer("POST", INTENTS, 200, new JsonObject(INTENT))).isEmpty();
    assertThat(description.faultsOfAnswer("POST", INTENTS, 200, new JsonObject(answer)))
        .singleElement()
        .asString()
        .contains(fault);
  }

  @Test
  void faultsOfAnswer_errors_areHeldAgainstTheirOwnSchema() {
    JsonObject declined =
        new JsonObject("{\"error\": {\"type\": \"card_error\", \"code\": \"x\"}}");
    JsonObject without = new JsonObject("{\"error\": {\"code\": \"x\"}}");

    assertThat(description.faultsOfAnswer("POST", INTENTS, 402, declined)).isEmpty();
    assertThat(description.faultsOfAnswer("POST", INTENTS, 402, without)).hasSize(1);
    assertThat(description.faultsOfAnswer("POST", INTENTS, 402, new JsonObject(INTENT)))
        .isNotEmpty();
  }

  @Test
  void close_aRequestDidNotAgree_fails(Vertx vertx) {
    FakeStripe stripe = new FakeStripe(vertx);
    StripeRequests requests =
        new StripeClient(vertx, stripe.options(), FakeStripe.TIMEOUT, 1).begin();

    StripeResponse rejected =
        await(requests.post("/payment_intents", null, Map.of("amount", "50")));

    assertThat(rejected.status()).isEqualTo(400);
    assertThatThrownBy(stripe::close)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("POST /v1/payment_intents has no currency");
  }

  @Test
  void close_anAnswerDidNotAgree_fails(Vertx vertx) {
    FakeStripe stripe = new FakeStripe(vertx);
    stripe.trouble("/refunds", 500, false, "some_error");
    StripeRequests requests =
        new StripeClient(vertx, stripe.options(), FakeStripe.TIMEOUT, 1).begin();

    await(requests.get("/refunds?limit=1"));

    assertThatThrownBy(stripe::close)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("is some_error, none of");
  }
}
