package dev.paymeter.gateway.stripe;

import static dev.paymeter.gateway.stripe.FakeStripe.assertUnknown;
import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StripeRefundsTest {
  private static final GatewayResult APPROVED = new GatewayResult.Approved("re_1");

  private final Payment payment = TestOrders.order().succeeded();
  private final Refund refund = TestOrders.refund(payment, "2.50");

  @RegisterExtension final FakeStripe stripe = new FakeStripe();
  private final StripeGateway gateway = stripe.gateway(Duration.ofMinutes(2));

  @BeforeEach
  void charge() {
    await(gateway.charge(payment));
    stripe.requests.clear();
  }

  @Test
  void refund_ofACharge_isMadeUnderAKeyOfItsOwn() {
    assertThat(await(gateway.refund(refund))).isEqualTo(APPROVED);

    assertThat(stripe.requests)
        .containsExactly(
            "POST /v1/payment_intents " + payment.id() + "-create",
            "POST /v1/refunds " + refund.id() + "-refund");
    JsonObject made = stripe.refunds.get("re_1");
    assertThat(made.getLong("amount")).isEqualTo(250);
    assertThat(made.getString("payment_intent")).isEqualTo("pi_1");
    assertThat(stripe.intents).hasSize(1);
  }

  @Test
  void refund_ofAChargeOfLongAgo_findsItWithoutItsKey() {
    stripe.forgetKeys();

    assertThat(await(stripe.gateway(Duration.ofDays(30)).refund(refund))).isEqualTo(APPROVED);

    assertThat(stripe.intents).hasSize(1);
    assertThat(stripe.refunds.get("re_1").getString("payment_intent")).isEqualTo("pi_1");
  }

  @Test
  void refund_otherPaymentMethodSince_findsTheChargeWithoutItsKey() {
    assertThat(await(stripe.gatewayWithOtherMethod().refund(refund))).isEqualTo(APPROVED);

    assertThat(stripe.intents).hasSize(1);
    assertThat(stripe.refunds.get("re_1").getString("payment_intent")).isEqualTo("pi_1");
  }

  @Test
  void refund_moreThanWasCharged_isDeclined() {
    assertThat(await(gateway.refund(TestOrders.refund(payment, "12.51"))))
        .isEqualTo(
            new GatewayResult.Rejected(
                new PaymentValidationException(
                    FailureCode.REFUND_DECLINED, "Greater than unrefunded.")));
  }

  @ParameterizedTest
  @CsvSource({
    "failed, Stripe's refund failed: lost_or_stolen_card",
    "canceled, Stripe's refund was canceled"
  })
  void refund_failsAtStripe_hasFailed(String status, String reason) {
    stripe.refundStatus = status;
    GatewayResult rejected =
        new GatewayResult.Rejected(new PaymentGatewayException(FailureCode.REFUND_FAILED, reason));

    assertThat(await(gateway.refund(refund))).isEqualTo(rejected);
    assertThat(await(gateway.resolveRefund(refund))).isEqualTo(rejected);
  }

  @Test
  void resolveRefund_failedAfterItHadSucceeded_hasFailedAndCanBeMadeAgain() {
    Refund all = TestOrders.refund(payment, "12.50");
    assertThat(await(gateway.refund(all))).isEqualTo(APPROVED);

    stripe.failLater("re_1");

    assertThat(await(gateway.resolveRefund(all)))
        .isEqualTo(
            GatewayResult.rejected(
                FailureCode.REFUND_FAILED,
                "Stripe's refund failed: expired_or_canceled_card, returned by txn_re_1"))
        .satisfies(result -> assertThat(GatewayResult.isFailedRefund(result)).isTrue());
    assertThat(await(gateway.refund(TestOrders.refund(payment, "12.50"))))
        .isInstanceOf(GatewayResult.Approved.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pending", "requires_action", "something_new"})
  void refund_notDoneYet_isUnknownUntilItIs(String status) {
    stripe.refundStatus = status;

    assertUnknown(gateway.refund(refund));
    assertUnknown(gateway.resolveRefund(refund));

    stripe.refunds.get("re_1").put("status", "succeeded");
    assertThat(await(gateway.resolveRefund(refund))).isEqualTo(APPROVED);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 409, 429, 500})
  void refund_madeAndGivesNoClearAnswer_isUnknownAndThenApproved(int status) {
    stripe.trouble("/refunds", status, true, "api_error");

    assertUnknown(gateway.refund(refund));

    assertThat(await(gateway.resolveRefund(refund))).isEqualTo(APPROVED);
    assertThat(stripe.refunds).hasSize(1);
  }

  /** Within a day its request could still arrive, and be carried out. */
  @ParameterizedTest
  @ValueSource(ints = {0, 409, 500})
  void refund_notMadeAndGivesNoClearAnswer_isUnknownForADayAndThenNotAsked(int status) {
    stripe.trouble("/refunds", status, false, "api_error");

    assertUnknown(gateway.refund(refund));
    assertUnknown(gateway.resolveRefund(refund));

    assertThat(await(stripe.gateway(Duration.ofDays(2)).resolveRefund(refund)))
        .isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(stripe.refunds).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 401, 429, 500})
  void refund_chargeCannotBeFound_isNotAsked(int status) {
    stripe.trouble("/payment_intents", status, false, "api_error");

    assertThat(await(gateway.refund(refund))).isInstanceOf(GatewayResult.NotSubmitted.class);

    assertThat(stripe.refunds).isEmpty();
    assertThat(stripe.requests).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404})
  void refund_notTaken_isNotAsked(int status) {
    stripe.trouble("/refunds", status, false, "invalid_request_error");

    assertThat(await(gateway.refund(refund))).isInstanceOf(GatewayResult.NotSubmitted.class);
  }

  /** As a proxy's cache may have it. */
  @Test
  void refund_answerIsAboutAnotherRefund_isUnknownUntilThatIsFound() {
    await(gateway.refund(TestOrders.refund(payment, "2.50")));
    stripe.answerOnce("/refunds", stripe.refunds.get("re_1").copy());

    assertUnknown(gateway.refund(refund));

    assertUnknown(gateway.resolveRefund(refund));
    assertThat(stripe.refunds).hasSize(1);
  }

  @Test
  void refund_whatIsFoundIsAnotherCharge_isNotAsked() {
    await(gateway.charge(TestOrders.order().references("other", "u").pending()));
    stripe.answerOnce("/payment_intents", stripe.intents.get("pi_2").copy());

    assertThat(await(gateway.refund(refund))).isInstanceOf(GatewayResult.NotSubmitted.class);

    assertThat(stripe.refunds).isEmpty();
  }

  @Test
  void refund_amountThatStripeHasNoWayToSay_isNotAsked() {
    Payment fine = TestOrders.order().of("5.120", "KWD").succeeded();

    assertThat(await(gateway.refund(TestOrders.refund(fine, "0.001"))))
        .isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(stripe.requests).isEmpty();
  }

  @Test
  void resolveRefund_amongMany_isFoundOnALaterPage() {
    await(gateway.refund(refund));
    for (int i = 0; i < 4; i++) {
      await(gateway.refund(TestOrders.refund(payment, "1.00")));
    }

    assertThat(await(gateway.resolveRefund(refund))).isEqualTo(APPROVED);
  }

  @Test
  void resolveRefund_failsItself_isUnknown() {
    await(gateway.refund(refund));
    for (String step : new String[] {"/payment_intents", "/refunds"}) {
      stripe.trouble(step, 500, false, "api_error");
      assertUnknown(gateway.resolveRefund(refund));
    }

    assertThat(await(gateway.resolveRefund(refund))).isEqualTo(APPROVED);
  }
}
