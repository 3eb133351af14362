package dev.paymeter.gateway.paypal;

import static dev.paymeter.gateway.paypal.FakePayPal.assertUnknown;
import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.paypal.FakePayPal.Instrument;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.OrderDetails;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The requests to PayPal, and the results of its responses, beyond the contract of all gateways.
 */
class PayPalGatewayTest {
  private static final String ORDER = "5O190127TN3000000";
  private static final GatewayResult APPROVED = new GatewayResult.Approved("2GG279541U4000000");

  private final Payment payment = FakePayPal.order().pending();

  @RegisterExtension final FakePayPal paypal = new FakePayPal();
  private final PayPalGateway gateway = paypal.gateway(Duration.ofMinutes(2));

  @BeforeEach
  void forgetStart() {
    paypal.requests.clear();
  }

  @Test
  void charge_approved_isCreatedThenCapturedUnderKeysOfTheirOwn() {
    assertThat(await(gateway.charge(payment))).isEqualTo(APPROVED);

    assertThat(paypal.requests)
        .containsExactly(
            "POST /v2/checkout/orders " + payment.id() + "-create",
            "POST /v2/checkout/orders/" + ORDER + "/capture " + payment.id() + "-capture");
    JsonObject unit = FakePayPal.unit(paypal.orders.get(ORDER));
    assertThat(unit.getJsonObject("amount"))
        .isEqualTo(new JsonObject().put("currency_code", "USD").put("value", "12.50"));
    assertThat(unit.getString("custom_id")).isEqualTo(payment.id().toString());
    assertThat(unit.getString("invoice_id")).isEqualTo(payment.gatewayKey().id().toString());
  }

  @Test
  void charge_description_isThatOfTheOrder() {
    OrderDetails details =
        new OrderDetails(
            TestOrders.TOKENS.create(FakePayPal.TOKEN), null, "Two pairs of socks", Map.of());

    await(gateway.charge(FakePayPal.order().details(details).pending()));

    assertThat(FakePayPal.unit(paypal.orders.get(ORDER)).getString("description"))
        .isEqualTo("Two pairs of socks");
  }

  @ParameterizedTest
  @CsvSource({
    "500, JPY, 500",
    "1000.00, HUF, 1000",
    "70.00, TWD, 70",
    "12.50, EUR, 12.50",
    "3.00, USD, 3.00"
  })
  void charge_currency_hasTheDecimalsOfPayPal(String amount, String currency, String expected) {
    Payment other =
        new Payment(
                payment.id(),
                FakePayPal.order().of(amount, currency).build(),
                payment.amountUsd(),
                payment.rate(),
                payment.createdAt(),
                null,
                null,
                null)
            .withAccount(FakePayPal.ACCOUNT);

    assertThat(await(gateway.charge(other))).isEqualTo(APPROVED);
    assertThat(FakePayPal.unit(paypal.orders.get(ORDER)).getJsonObject("amount").getString("value"))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"5.120, KWD", "5000, KRW"})
  void charge_unsupportedCurrency_isNotSubmitted(String amount, String currency) {
    Payment other = FakePayPal.order().of(amount, currency).pending();

    assertThat(await(gateway.charge(other)))
        .isEqualTo(
            GatewayResult.notSubmitted(
                FailureCode.CURRENCY_NOT_SUPPORTED, "PayPal does not support " + other.amount()));
    assertThat(paypal.requests).isEmpty();
  }

  /** The API rejects it before; routing rules may name another gateway first. */
  @Test
  void charge_noToken_isNotSubmitted() {
    assertThat(await(gateway.charge(TestOrders.order().method("paypal").pending())))
        .isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(paypal.requests).isEmpty();
  }

  @Test
  void charge_tokenValueNotKnown_isNotCharged() {
    Payment stored = TestOrders.withoutTokenValue(payment);

    Future<GatewayResult> charged = gateway.charge(stored);

    eventually(() -> assertThat(charged.failed()).isTrue());
    assertThat(paypal.charged).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "INSTRUMENT_DECLINED, PAYMENT_DECLINED",
    "TRANSACTION_REFUSED, PAYMENT_DECLINED",
    "TRANSACTION_LIMIT_EXCEEDED, LIMIT_EXCEEDED",
    "CARD_EXPIRED, EXPIRED_CARD",
    "PAYER_ACTION_REQUIRED, AUTHENTICATION_REQUIRED",
    "ORDER_NOT_APPROVED, AUTHENTICATION_REQUIRED",
    "PAYMENT_SOURCE_DECLINED_BY_PROCESSOR, CARD_DECLINED",
    "TOKEN_ID_NOT_FOUND, INVALID_PAYMENT_METHOD",
    "DUPLICATE_INVOICE_ID, IDEMPOTENCY_KEY_REUSED",
    "PAYEE_ACCOUNT_RESTRICTED, GATEWAY_ERROR",
    "ISSUE_OF_A_LATER_VERSION, PAYMENT_DECLINED"
  })
  void charge_rejectedCapture_hasTheFailureCode(String issue, FailureCode expected) {
    paypal.instrument = Instrument.DECLINES;
    paypal.issue = issue;

    assertThat(await(gateway.charge(payment)))
        .isEqualTo(GatewayResult.rejected(expected, "PayPal declined: " + issue));
  }

  @ParameterizedTest
  @CsvSource({
    "5120, INSUFFICIENT_FUNDS",
    "5400, EXPIRED_CARD",
    "5110, INVALID_CARD_DETAILS",
    "9500, CARD_DECLINED",
    "5650, AUTHENTICATION_REQUIRED"
  })
  void charge_processorDeclines_isDeclinedForGood(String response, FailureCode expected) {
    paypal.instrument = Instrument.CARD_DECLINES;
    paypal.processorCode = response;
    Payment card = FakePayPal.order().method("credit_card").pending();
    GatewayResult declined =
        GatewayResult.rejected(
            expected, "PayPal declined: response " + response + " of the card's processor");

    assertThat(await(gateway.charge(card))).isEqualTo(declined);
    paypal.instrument = Instrument.APPROVES;
    assertThat(await(gateway.charge(card))).isEqualTo(declined);
    assertThat(await(gateway.resolve(card))).isEqualTo(declined);
    assertThat(paypal.charged).isZero();
  }

  @Test
  void charge_unknownToken_isDeclinedWithoutQuotingIt() {
    GatewayResult result =
        await(gateway.charge(FakePayPal.order().token("secret-token").pending()));

    assertThat(result)
        .isEqualTo(
            GatewayResult.rejected(
                FailureCode.INVALID_PAYMENT_METHOD, "PayPal declined: TOKEN_ID_NOT_FOUND"));
  }

  @Test
  void charge_malformedToken_isDeclined() {
    JsonObject error =
        new JsonObject()
            .put("name", "INVALID_REQUEST")
            .put(
                "details",
                new JsonArray()
                    .add(
                        new JsonObject()
                            .put("field", "/payment_source/paypal/vault_id")
                            .put("issue", "INVALID_PARAMETER_SYNTAX")));
    paypal.answerOnce("/capture", 400, error);

    assertThat(await(gateway.charge(payment)))
        .isEqualTo(
            GatewayResult.rejected(
                FailureCode.INVALID_PAYMENT_METHOD, "PayPal does not accept the payment token"));
  }

  @Test
  void charge_amountTooLarge_isDeclined() {
    assertThat(await(gateway.charge(FakePayPal.order().of("600000.00", "USD").pending())))
        .isEqualTo(
            GatewayResult.rejected(
                FailureCode.AMOUNT_TOO_LARGE, "PayPal declined: MAX_VALUE_EXCEEDED"));
  }

  /** An electronic check takes days. */
  @Test
  void charge_captureIsPending_isUnknownUntilItIsCompleted() {
    paypal.instrument = Instrument.IS_PENDING;

    assertUnknown(gateway.charge(payment));
    assertUnknown(gateway.resolve(payment));
    paypal.searchableUntil = TestOrders.CREATED_AT.plus(Duration.ofDays(1));
    assertUnknown(paypal.gateway(Duration.ofDays(1)).resolve(payment));

    FakePayPal.capture(paypal.orders.get(ORDER)).put("status", "COMPLETED");
    assertThat(await(gateway.resolve(payment))).isEqualTo(APPROVED);
    assertThat(await(paypal.gateway(Duration.ofDays(5)).resolve(payment))).isEqualTo(APPROVED);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 409, 500, 503})
  void charge_creationWithoutClearResponse_isUnknownAndThenNotSubmitted(int status) {
    paypal.trouble("/orders", status, false);

    assertUnknown(gateway.charge(payment));

    assertThat(await(gateway.resolve(payment))).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(paypal.charged).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 409, 429, 500})
  void charge_captureWithoutClearResponse_isUnknownAndThenApproved(int status) {
    paypal.trouble("/capture", status, true);

    assertUnknown(gateway.charge(payment));

    assertThat(paypal.charged).isEqualTo(1);
    assertThat(await(gateway.resolve(payment))).isEqualTo(APPROVED);
  }

  @ParameterizedTest
  @CsvSource({"401, GATEWAY_ACCESS_DENIED", "403, GATEWAY_ACCESS_DENIED", "429, GATEWAY_BUSY"})
  void charge_creationRejected_isNotSubmitted(int status, FailureCode expected) {
    paypal.trouble("/orders", status, false);
    paypal.trouble("/orders", status, false);

    assertThat(await(gateway.charge(payment)))
        .isEqualTo(
            GatewayResult.notSubmitted(expected, "PayPal rejected the request: HTTP " + status));
  }

  /** A capture that is late on its way meets an order that was closed. */
  @Test
  void resolve_betweenTheTwoSteps_keepsTheSecondFromCharging() {
    paypal.trouble("/capture", 500, false);
    assertUnknown(gateway.charge(payment));

    assertThat(await(gateway.resolve(payment))).isEqualTo(OrderResult.NEVER_CAPTURED);

    assertThat(paypal.orders.get(ORDER).getString("intent")).isEqualTo("AUTHORIZE");
    assertThat(await(gateway.charge(payment))).isEqualTo(OrderResult.NEVER_CAPTURED);
    assertThat(paypal.charged).isZero();
  }

  @Test
  void resolve_capturedWhileItIsClosed_isApproved() {
    await(gateway.charge(payment));
    JsonObject open = paypal.orders.get(ORDER).copy().put("status", "CREATED");
    FakePayPal.unit(open).remove("payments");
    paypal.answerOnce("/" + ORDER, 200, open);

    assertThat(await(gateway.resolve(payment))).isEqualTo(APPROVED);
  }

  /** Nothing shows that the order was closed: a capture on its way would still charge. */
  @Test
  void resolve_closedWithoutEffect_isUnknown() {
    paypal.trouble("/capture", 500, false);
    assertUnknown(gateway.charge(payment));
    paypal.answerOnce("/" + ORDER, 200, paypal.orders.get(ORDER).copy());
    paypal.answerOnce("/" + ORDER, 204, new JsonObject());
    paypal.answerOnce("/" + ORDER, 200, paypal.orders.get(ORDER).copy());

    assertUnknown(gateway.resolve(payment));
  }

  /** PayPal may check the request before it looks for an order under the key. */
  @Test
  void resolve_creationRejected_isUnknown() {
    await(gateway.charge(payment));
    paypal.trouble("/orders", 422, false);

    assertUnknown(gateway.resolve(payment));

    assertThat(await(gateway.resolve(payment))).isEqualTo(APPROVED);
  }

  /** As a proxy's cache may have it. */
  @ParameterizedTest
  @ValueSource(strings = {"/orders", "/capture"})
  void charge_responseIsAboutAnotherPayment_isUnknownAndThenNotSubmitted(String step) {
    await(gateway.charge(FakePayPal.order().pending()));
    paypal.answerOnce(step, 201, paypal.orders.get(ORDER).copy());

    assertUnknown(gateway.charge(payment));

    assertThat(await(gateway.resolve(payment))).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(paypal.charged).isEqualTo(1);
  }

  @Test
  void resolve_orderOfAnotherAccount_isUnknown() {
    await(gateway.charge(payment));
    JsonObject other = paypal.orders.get(ORDER).copy();
    FakePayPal.unit(other).getJsonObject("payee").put("merchant_id", "2222222222222");
    paypal.answerOnce("/" + ORDER, 200, other);

    assertUnknown(gateway.resolve(payment));
  }

  @Test
  void resolve_anotherAmount_isUnknown() {
    await(gateway.charge(payment));
    JsonObject other = paypal.orders.get(ORDER).copy();
    FakePayPal.unit(other).getJsonObject("amount").put("value", "12.51");
    paypal.answerOnce("/" + ORDER, 200, other);

    assertUnknown(gateway.resolve(payment));
  }

  /** The search reads page by page, and leaves out refunds. */
  @Test
  void resolve_keysForgotten_findsTheCaptureOnALaterPage() {
    for (int i = 0; i < 4; i++) {
      await(gateway.charge(FakePayPal.order().pending()));
    }
    await(gateway.charge(payment));
    paypal.forgetKeys();
    paypal.requests.clear();

    assertThat(await(paypal.gateway(Duration.ofHours(5)).resolve(payment)))
        .isEqualTo(new GatewayResult.Approved("2GG279541U4000004"));

    assertThat(paypal.received("/transactions")).isEqualTo(3);
    assertThat(paypal.orders).hasSize(5);
  }

  @Test
  void resolve_searchNotCompleteYet_isUnknown() {
    await(gateway.charge(payment));
    paypal.forgetKeys();
    PayPalGateway later = paypal.gateway(Duration.ofHours(5));
    paypal.searchableUntil = TestOrders.CREATED_AT.plus(Duration.ofMinutes(19));

    assertUnknown(later.resolve(FakePayPal.order().pending()));

    paypal.searchableUntil = TestOrders.CREATED_AT.plus(Duration.ofMinutes(20));
    assertThat(await(later.resolve(FakePayPal.order().pending())))
        .isInstanceOf(GatewayResult.NotSubmitted.class);
  }

  /** With this setting of the account, the invoice id protects after the request id. */
  @Test
  void charge_keyUsedAgainAfterPayPalForgotIt_isDeclined() {
    IdempotencyKey key = new IdempotencyKey("", "POST /p", "k", "aa");
    paypal.rejectsDuplicateInvoices = true;
    await(gateway.charge(FakePayPal.order().pending(Optional.of(key))));
    paypal.forgetKeys();

    assertThat(await(gateway.charge(FakePayPal.order().pending(Optional.of(key)))))
        .isEqualTo(
            GatewayResult.rejected(
                FailureCode.IDEMPOTENCY_KEY_REUSED, "PayPal declined: DUPLICATE_INVOICE_ID"));
    assertThat(paypal.charged).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"FAILED, PayPal's refund failed", "CANCELLED, PayPal's refund was canceled"})
  void refund_failsAtPayPal_hasFailed(String status, String reason) {
    await(gateway.charge(payment));
    paypal.refundStatus = status;
    Refund refund = TestOrders.refund(payment, "1.00");
    GatewayResult failed = GatewayResult.rejected(FailureCode.REFUND_FAILED, reason);

    assertThat(await(gateway.refund(refund))).isEqualTo(failed);
    assertThat(await(gateway.resolveRefund(refund))).isEqualTo(failed);
  }

  @Test
  void resolveRefund_failedAfterItWasCompleted_hasFailed() {
    await(gateway.charge(payment));
    Refund refund = TestOrders.refund(payment, "1.00");
    assertThat(await(gateway.refund(refund))).isInstanceOf(GatewayResult.Approved.class);

    paypal.failLastRefund();

    assertThat(await(gateway.resolveRefund(refund)))
        .isEqualTo(GatewayResult.rejected(FailureCode.REFUND_FAILED, "PayPal's refund failed"))
        .satisfies(result -> assertThat(GatewayResult.isFailedRefund(result)).isTrue());
  }

  @Test
  void refund_pending_isUnknownUntilItIsCompleted() {
    await(gateway.charge(payment));
    paypal.refundStatus = "PENDING";
    Refund refund = TestOrders.refund(payment, "1.00");

    assertUnknown(gateway.refund(refund));
    assertUnknown(gateway.resolveRefund(refund));

    JsonObject made = paypal.refunds.values().iterator().next();
    made.put("status", "COMPLETED");
    assertThat(await(gateway.resolveRefund(refund)))
        .isEqualTo(new GatewayResult.Approved(made.getString("id")));
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404})
  void refund_rejected_isNotSubmitted(int status) {
    await(gateway.charge(payment));
    paypal.trouble("/refund", status, false);
    paypal.trouble("/refund", status, false);

    assertThat(await(gateway.refund(TestOrders.refund(payment, "1.00"))))
        .isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(paypal.refunds).isEmpty();
  }

  @Test
  void toString_options_doNotShowTheSecret() {
    assertThat(paypal.options("EFgh-hunter2").toString()).doesNotContain("hunter2");
  }
}
