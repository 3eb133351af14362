package dev.paymeter.gateway.stripe;

import static dev.paymeter.gateway.stripe.FakeStripe.assertUnknown;
import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.stripe.FakeStripe.Card;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.OrderDetails;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Payments with a token, a customer, a description and metadata. */
class StripeTokensTest {
  private static final String TOKEN = "pm_card_mastercard";

  private final Payment payment = TestOrders.order().token(TOKEN).pending();

  @RegisterExtension final FakeStripe stripe = new FakeStripe();
  private final StripeGateway gateway = stripe.gateway(Duration.ZERO);

  @Test
  void charge_token_isChargedInsteadOfTheConfiguredMethod() {
    await(gateway.charge(payment));
    await(gateway.charge(TestOrders.order().pending()));

    assertThat(stripe.intents.get("pi_1").getString("payment_method")).isEqualTo(TOKEN);
    assertThat(stripe.intents.get("pi_2").getString("payment_method")).isEqualTo("pm_card_visa");
    assertThat(stripe.charged).isEqualTo(2);
  }

  @Test
  void charge_allDetails_areThoseOfTheIntent() {
    await(gateway.charge(TestOrders.order().allDetails().pending()));

    JsonObject intent = stripe.intents.get("pi_1");
    assertThat(intent.getString("customer")).isEqualTo("cus_1");
    assertThat(intent.getString("description")).isEqualTo("Two \uD83D\uDC5F & 'socks'");
    assertThat(intent.getJsonObject("metadata").getMap())
        .containsEntry("shop", "north")
        .containsEntry("order_id", "A-7")
        .containsEntry("basket.\u00E9", "1, 2")
        .containsEntry("paymeter_order_id", "order_1");
    assertThat(intent.getJsonObject("metadata").encode()).doesNotContain("pm_card_secret");
  }

  /** Stripe accepts 50 names of 40 characters. */
  @Test
  void charge_mostMetadata_isAccepted() {
    Map<String, String> most = new TreeMap<>();
    IntStream.range(0, 20)
        .forEach(i -> most.put("n" + i + "x".repeat(38).substring(i / 10), "\u00E9".repeat(255)));
    OrderDetails details = new OrderDetails(null, null, "d".repeat(255), most);

    await(gateway.charge(TestOrders.order().details(details).pending()));

    assertThat(stripe.intents.get("pi_1").getJsonObject("metadata").getMap())
        .containsAllEntriesOf(most);
  }

  /** Another process has the payment from the ledger. */
  @Test
  void resolve_chargedAndProcessEnded_isApproved() {
    stripe.trouble("/confirm", 500, true, "api_error");
    assertUnknown(gateway.charge(payment));

    assertThat(await(gateway.resolve(TestOrders.withoutTokenValue(payment))))
        .isEqualTo(new GatewayResult.Approved("pi_1"));
    assertThat(stripe.received("/search")).isZero();
    assertThat(stripe.charged).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/payment_intents", "/confirm"})
  void resolve_processEndedBeforeTheCharge_isNeverCharged(String step) {
    stripe.trouble(step, 0, step.equals("/payment_intents"), "api_error");
    assertUnknown(gateway.charge(payment));

    assertThat(await(gateway.resolve(TestOrders.withoutTokenValue(payment))))
        .isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(stripe.intents.get("pi_1").getString("status")).isEqualTo("canceled");
    assertThat(stripe.charged).isZero();
  }

  /** No code does that: were it to, nothing else would be charged. */
  @Test
  void charge_tokenValueNotKnown_isNotCharged() {
    Payment stored = TestOrders.withoutTokenValue(payment);

    Future<GatewayResult> charged = gateway.charge(stored);

    eventually(() -> assertThat(charged.failed()).isTrue());

    assertThat(stripe.charged).isZero();
    assertThat(await(gateway.resolve(stored))).isInstanceOf(GatewayResult.NotSubmitted.class);
  }

  @Test
  void charge_invalidToken_isDeclinedWithoutQuotingIt() {
    Payment invalid = TestOrders.order().token("tok_secret").pending();

    assertThat(await(gateway.charge(invalid)))
        .isEqualTo(
            new GatewayResult.Rejected(
                new PaymentValidationException(
                    FailureCode.INVALID_PAYMENT_METHOD,
                    "Stripe does not accept the payment token")));
    assertThat(stripe.intents.get("pi_1").getString("status")).isEqualTo("canceled");
    assertThat(await(gateway.charge(invalid))).isInstanceOf(GatewayResult.NotSubmitted.class);
  }

  @Test
  void charge_invalidCustomer_isDeclined() {
    OrderDetails details = new OrderDetails(null, "cus_9", null, Map.of());

    assertThat(await(gateway.charge(TestOrders.order().details(details).pending())))
        .isEqualTo(
            new GatewayResult.Rejected(
                new PaymentValidationException(
                    FailureCode.INVALID_CUSTOMER, "No such customer: 'cus_9'")));
  }

  @Test
  void charge_declineQuotesTheToken_resultDoesNot() {
    stripe.card = Card.DECLINES;
    stripe.declineMessage = "The card pm_card_mastercard was declined.";
    GatewayResult declined =
        new GatewayResult.Rejected(
            new PaymentValidationException(
                FailureCode.CARD_DECLINED, "The card pm_*** was declined."));

    assertThat(await(gateway.charge(payment))).isEqualTo(declined);
    assertThat(await(gateway.resolve(TestOrders.withoutTokenValue(payment)))).isEqualTo(declined);
  }

  @Test
  void refund_ofPaymentWithDetails_findsItsCharge() {
    Payment detailed = TestOrders.order().allDetails().pending();
    await(gateway.charge(detailed));
    Payment paid =
        TestOrders.settled(
            TestOrders.withoutTokenValue(detailed), TestOrders.DURATION, TestOrders.CREATED_AT);

    assertThat(await(gateway.refund(TestOrders.refund(paid, "1.00"))))
        .isEqualTo(new GatewayResult.Approved("re_1"));
    assertThat(stripe.refunds.get("re_1").getString("payment_intent")).isEqualTo("pi_1");
    assertThat(stripe.received("/search")).isZero();
  }
}
