package dev.paymeter.gateway.stripe;

import static dev.paymeter.gateway.stripe.FakeStripe.assertUnknown;
import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.http.TrustedCertificates;
import dev.paymeter.gateway.stripe.FakeStripe.Card;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StripeGatewayTest {
  private final Payment payment = TestOrders.order().references("order & 1", "u").pending();
  private final GatewayResult approved = new GatewayResult.Approved("pi_1");
  private final GatewayResult declined =
      new GatewayResult.Rejected(
          new PaymentValidationException(FailureCode.CARD_DECLINED, "Your card was declined."));

  @RegisterExtension final FakeStripe stripe = new FakeStripe();
  private final StripeGateway gateway = stripe.gateway(Duration.ZERO);

  @Test
  void charge_approved_isCreatedThenConfirmedUnderKeysOfItsOwn() {
    assertThat(await(gateway.charge(payment))).isEqualTo(approved);

    assertThat(stripe.requests)
        .containsExactly(
            "POST /v1/payment_intents " + payment.id() + "-create",
            "POST /v1/payment_intents/pi_1/confirm " + payment.id() + "-confirm");
    JsonObject intent = stripe.intents.get("pi_1");
    assertThat(intent.getLong("amount")).isEqualTo(1250);
    assertThat(intent.getString("currency")).isEqualTo("usd");
    assertThat(intent.getJsonObject("metadata").getString("paymeter_payment_id"))
        .isEqualTo(payment.id().toString());
    assertThat(intent.getJsonObject("metadata").getString("paymeter_order_id"))
        .isEqualTo("order & 1");
  }

  @Test
  void charge_declined_isAnAnswerForGood() {
    stripe.card = Card.DECLINES;

    assertThat(await(gateway.charge(payment))).isEqualTo(declined);
    stripe.card = Card.APPROVES;
    assertThat(await(gateway.charge(payment))).isEqualTo(declined);
    assertThat(await(gateway.resolve(payment))).isEqualTo(declined);
    assertThat(stripe.charged).isZero();
  }

  @Test
  void charge_payerMustAuthenticate_isCancelledAndRefused() {
    stripe.card = Card.WANTS_AUTHENTICATION;

    assertThat(await(gateway.charge(payment))).isInstanceOf(GatewayResult.Rejected.class);

    assertThat(stripe.intents.get("pi_1").getString("status")).isEqualTo("canceled");
  }

  @Test
  void charge_stillProcessing_isUnknownUntilItIsDone() {
    stripe.card = Card.TAKES_ITS_TIME;

    assertUnknown(gateway.charge(payment));
    assertUnknown(gateway.resolve(payment));

    stripe.intents.get("pi_1").put("status", "succeeded");
    assertThat(await(gateway.resolve(payment))).isEqualTo(approved);
  }

  @Test
  void charge_connectionRefused_isNotSubmitted() throws IOException {
    try (Socket taken = new Socket()) { // A bound port on which no server listens.
      taken.bind(new InetSocketAddress("127.0.0.1", 0));
      URI url = URI.create("http://127.0.0.1:" + taken.getLocalPort());

      assertThat(await(stripe.gateway(FakeStripe.options(url, FakeStripe.SECRET)).charge(payment)))
          .isInstanceOf(GatewayResult.NotSubmitted.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 409, 500, 503})
  void charge_createGivesNoClearAnswer_isUnknownAndThenNotAsked(int status) {
    stripe.trouble("/payment_intents", status, false, "api_error");

    assertUnknown(gateway.charge(payment));

    assertNotAskedForGood();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 409, 429, 500})
  void charge_confirmDidNothingAndGivesNoClearAnswer_isUnknownAndThenNotAsked(int status) {
    stripe.trouble("/confirm", status, false, "api_error");

    assertUnknown(gateway.charge(payment));

    assertNotAskedForGood();
  }

  /** Broken, it would be charged by another gateway, too. */
  @ParameterizedTest
  @ValueSource(ints = {0, 409, 500})
  void charge_confirmChargedAndGivesNoClearAnswer_isUnknownAndThenApproved(int status) {
    stripe.trouble("/confirm", status, true, "api_error");

    assertUnknown(gateway.charge(payment));

    assertThat(stripe.charged).isEqualTo(1);
    assertThat(await(gateway.resolve(payment))).isEqualTo(approved);
  }

  @Test
  void charge_keyIsWrong_isNotAskedButNothingIsKnownOfIt() {
    StripeGateway stranger = stripe.gateway(FakeStripe.options(stripe.url(), "sk_test_other"));

    assertThat(await(stranger.charge(payment))).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertUnknown(stranger.resolve(payment));
  }

  @Test
  void charge_amountTooSmall_isDeclined() {
    Payment small = TestOrders.order().of("0.49", "USD").pending();

    assertThat(await(gateway.charge(small)))
        .isEqualTo(
            new GatewayResult.Rejected(
                new PaymentValidationException(
                    FailureCode.AMOUNT_TOO_SMALL, "Amount must be at least 50 cents")));
    assertThat(await(gateway.resolve(small))).isInstanceOf(GatewayResult.Rejected.class);
  }

  @Test
  void charge_amountTooLarge_isDeclined() {
    Payment large = TestOrders.order().of("1000000.00", "USD").pending();

    assertThat(await(gateway.charge(large)))
        .isEqualTo(
            new GatewayResult.Rejected(
                new PaymentValidationException(
                    FailureCode.AMOUNT_TOO_LARGE, "Amount must be no more than 999,999.99")));
  }

  @Test
  void resolve_failsItself_isUnknown() {
    await(gateway.charge(payment));
    for (String step : new String[] {"/payment_intents", "/pi_1"}) {
      stripe.trouble(step, 500, false, "api_error");
      assertUnknown(gateway.resolve(payment));
    }

    assertThat(await(gateway.resolve(payment))).isEqualTo(approved);
  }

  /** Stripe may have forgotten the key by then, and would make another intent of it. */
  @Test
  void resolve_aDayLater_findsItWithoutItsKey() {
    await(gateway.charge(payment));
    stripe.forgetKeys();

    StripeGateway later = stripe.gateway(Duration.ofHours(24));

    assertThat(await(later.resolve(payment))).isEqualTo(approved);
    assertThat(stripe.intents).hasSize(1);
    assertThat(await(later.resolve(TestOrders.order().pending())))
        .isInstanceOf(GatewayResult.NotSubmitted.class);
  }

  /** Under its key it cannot be created again, nor anything else. */
  @Test
  void resolve_otherPaymentMethodSince_findsItWithoutItsKey() {
    stripe.trouble("/confirm", 500, true, "api_error");
    assertUnknown(gateway.charge(payment));
    StripeGateway changed = stripe.gatewayWithOtherMethod();

    assertThat(await(changed.resolve(payment))).isEqualTo(approved);
    assertThat(stripe.intents).hasSize(1);
    assertThat(stripe.charged).isEqualTo(1);
  }

  @Test
  void resolve_otherPaymentMethodSinceAndNotToBeFoundYet_isUnknown() {
    stripe.trouble("/confirm", 500, true, "api_error");
    assertUnknown(gateway.charge(payment));
    stripe.indexLags = true;
    StripeGateway changed = stripe.gatewayWithOtherMethod();

    assertUnknown(changed.resolve(payment));

    stripe.indexLags = false;
    assertThat(await(changed.resolve(payment))).isEqualTo(approved);
  }

  /** As a proxy's cache may have it. */
  @ParameterizedTest
  @ValueSource(strings = {"/payment_intents", "/confirm"})
  void charge_answerIsAboutAnotherPayment_isUnknownAndThenNotAsked(String step) {
    await(gateway.charge(TestOrders.order().references("other", "u").pending()));
    stripe.answerOnce(step, stripe.intents.get("pi_1").copy());

    assertUnknown(gateway.charge(payment));

    assertThat(await(gateway.resolve(payment))).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(stripe.charged).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/payment_intents", "/pi_2"})
  void resolve_answerIsAboutAnotherPayment_isUnknown(String step) {
    await(gateway.charge(TestOrders.order().references("other", "u").pending()));
    stripe.card = Card.DECLINES;
    await(gateway.charge(payment));
    stripe.answerOnce(step, stripe.intents.get("pi_1").copy());

    assertUnknown(gateway.resolve(payment));

    assertThat(await(gateway.resolve(payment))).isEqualTo(declined);
  }

  @Test
  void resolve_aDayLaterAndWhatIsFoundIsAboutAnotherPayment_isUnknown() {
    await(gateway.charge(payment));
    JsonObject others = stripe.intents.get("pi_1").copy();
    stripe.answerOnce(
        "/search",
        new JsonObject()
            .put("object", "search_result")
            .put("url", "/v1/payment_intents/search")
            .put("has_more", false)
            .putNull("next_page")
            .put("data", new JsonArray().add(others)));
    StripeGateway later = stripe.gateway(Duration.ofHours(24));

    assertUnknown(later.resolve(TestOrders.order().pending()));
  }

  @Test
  void resolve_amountIsAnother_isUnknown() {
    await(gateway.charge(payment));
    stripe.answerOnce("/pi_1", stripe.intents.get("pi_1").copy().put("amount", 1));

    assertUnknown(gateway.resolve(payment));

    assertThat(await(gateway.resolve(payment))).isEqualTo(approved);
  }

  /** Nothing says that it was cancelled: a confirmation on its way would still charge. */
  @Test
  void resolve_cancelledWithoutBeingSo_isUnknown() {
    stripe.trouble("/confirm", 500, false, "api_error");
    assertUnknown(gateway.charge(payment));
    stripe.answerOnce("/cancel", stripe.intents.get("pi_1").copy());

    assertUnknown(gateway.resolve(payment));
  }

  @Test
  void resolve_cancelledForThePayerAndTheAnswerLost_isThePayersRefusal() {
    stripe.card = Card.WANTS_AUTHENTICATION;
    stripe.trouble("/cancel", 500, true, "api_error");
    assertUnknown(gateway.charge(payment));

    assertThat(await(gateway.resolve(payment))).isInstanceOf(GatewayResult.Rejected.class);
  }

  /** A confirmation that is late on its way meets an intent that was cancelled. */
  @Test
  void resolve_betweenTheTwoSteps_keepsTheSecondFromCharging() {
    stripe.trouble("/confirm", 500, false, "api_error");
    assertUnknown(gateway.charge(payment));
    await(gateway.resolve(payment));

    GatewayResult late = await(gateway.charge(payment));

    assertThat(late).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(stripe.charged).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "12.34, USD, 1234",
    "500, JPY, 500",
    "500, KRW, 500",
    "5.120, KWD, 5120",
    "5, ISK, 500",
    "7, UGX, 700",
    "9.00, MGA, 9",
    "1000000.00, EUR, 100000000"
  })
  void of_amountsOfStripe_areInItsUnits(String amount, String currency, long expected) {
    assertThat(StripeAmount.of(TestOrders.money(amount, currency))).contains(expected);
  }

  @ParameterizedTest
  @CsvSource({"5.124, KWD", "9.20, MGA", "1.0001, CLF"})
  void of_amountsThatStripeHasNoWayToSay_areNone(String amount, String currency) {
    assertThat(StripeAmount.of(TestOrders.money(amount, currency))).isEmpty();
  }

  @Test
  void charge_amountThatStripeHasNoWayToSay_isNotAsked() {
    Payment fine = TestOrders.order().of("5.124", "KWD").pending();

    assertThat(await(gateway.charge(fine)))
        .isEqualTo(
            new GatewayResult.NotSubmitted(
                new PaymentGatewayException(
                    FailureCode.CURRENCY_NOT_SUPPORTED, "Stripe does not support 5.124 KWD")));
    assertThat(stripe.requests).isEmpty();
  }

  @Test
  void toString_options_doNotShowTheKey() {
    StripeOptions options =
        new StripeOptions(stripe.url(), "sk_live_1", "pm_card_visa", TrustedCertificates.DEFAULT);

    assertThat(options.toString()).doesNotContain("sk_live_1");
  }

  private void assertNotAskedForGood() {
    assertThat(await(gateway.resolve(payment))).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(await(gateway.charge(payment))).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(await(gateway.resolve(payment))).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(stripe.charged).isZero();
  }
}
