package dev.paymeter.gateway.stripe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.stripe.exception.CardException;
import com.stripe.exception.InvalidRequestException;
import com.stripe.exception.SignatureVerificationException;
import com.stripe.model.Charge;
import com.stripe.model.Dispute;
import com.stripe.model.Event;
import com.stripe.model.PaymentIntent;
import com.stripe.model.Refund;
import com.stripe.net.RequestOptions;
import com.stripe.net.Webhook;
import com.stripe.param.PaymentIntentCancelParams;
import com.stripe.param.PaymentIntentCaptureParams;
import com.stripe.param.PaymentIntentConfirmParams;
import com.stripe.param.PaymentIntentCreateParams;
import com.stripe.param.PaymentIntentListParams;
import com.stripe.param.PaymentIntentRetrieveParams;
import com.stripe.param.PaymentIntentSearchParams;
import com.stripe.param.RefundCreateParams;
import com.stripe.param.RefundListParams;
import dev.paymeter.payment.port.GatewayHint.Claim;
import dev.paymeter.payment.port.GatewayHint.TransferSubject;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Stripe's official client for Java, with the tests' stand-in for Stripe: the client's requests are
 * accepted, and it can parse the responses and the webhooks. So the stand-in is not only what
 * Paymeter expects.
 */
class OfficialStripeClientTest {
  @RegisterExtension final FakeStripe stripe = new FakeStripe();

  private final com.stripe.StripeClient client =
      com.stripe.StripeClient.builder()
          .setApiKey(FakeStripe.SECRET)
          .setApiBase(stripe.url().toString())
          .build();

  /** The client has a version of its own, of which the description may be a later one. */
  private static RequestOptions options() {
    return RequestOptions.RequestOptionsBuilder.unsafeSetStripeVersionOverride(
            new RequestOptions.RequestOptionsBuilder(), StripeDescription.load().version())
        .build();
  }

  private PaymentIntent create() throws com.stripe.exception.StripeException {
    return client
        .v1()
        .paymentIntents()
        .create(
            PaymentIntentCreateParams.builder()
                .setAmount(1250L)
                .setCurrency("usd")
                .setPaymentMethod("pm_card_visa")
                .putMetadata("paymeter_gateway_key", "key-1")
                .build(),
            options());
  }

  private PaymentIntent confirm(PaymentIntent created) throws com.stripe.exception.StripeException {
    return client
        .v1()
        .paymentIntents()
        .confirm(
            created.getId(),
            PaymentIntentConfirmParams.builder().setPaymentMethod("pm_card_visa").build(),
            options());
  }

  @Test
  void payment_ofTheOfficialClient_isParsed() throws Exception {
    PaymentIntent created = create();
    assertThat(created.getStatus()).isEqualTo("requires_confirmation");
    assertThat(created.getMetadata()).containsEntry("paymeter_gateway_key", "key-1");

    PaymentIntent confirmed = confirm(created);
    assertThat(confirmed.getStatus()).isEqualTo("succeeded");
    assertThat(confirmed.getAmountReceived()).isEqualTo(1250);
    assertThat(confirmed.getLatestCharge()).isNotNull();

    PaymentIntent read = client.v1().paymentIntents().retrieve(created.getId(), options());
    assertThat(read).isEqualTo(confirmed);
    assertThat(
            client
                .v1()
                .paymentIntents()
                .list(
                    PaymentIntentListParams.builder()
                        .setCreated(PaymentIntentListParams.Created.builder().setGte(1L).build())
                        .build(),
                    options())
                .getData())
        .containsExactly(confirmed);
    assertThat(
            client
                .v1()
                .paymentIntents()
                .search(
                    PaymentIntentSearchParams.builder()
                        .setQuery("metadata['paymeter_gateway_key']:'key-1'")
                        .build(),
                    options())
                .getData())
        .containsExactly(confirmed);
    assertThat(client.v1().accounts().retrieveCurrent(options()).getId()).isEqualTo(stripe.account);
  }

  @Test
  void refund_ofTheOfficialClient_isParsed() throws Exception {
    PaymentIntent paid = confirm(create());

    Refund refund =
        client
            .v1()
            .refunds()
            .create(
                RefundCreateParams.builder()
                    .setPaymentIntent(paid.getId())
                    .setAmount(250L)
                    .putMetadata("paymeter_gateway_key", "key-2")
                    .build(),
                options());

    assertThat(refund.getStatus()).isEqualTo("succeeded");
    assertThat(refund.getPaymentIntent()).isEqualTo(paid.getId());
    assertThat(
            client
                .v1()
                .refunds()
                .list(RefundListParams.builder().setPaymentIntent(paid.getId()).build(), options())
                .getData())
        .containsExactly(refund);
  }

  private PaymentIntent authorize() throws com.stripe.exception.StripeException {
    PaymentIntent created =
        client
            .v1()
            .paymentIntents()
            .create(
                PaymentIntentCreateParams.builder()
                    .setAmount(1250L)
                    .setCurrency("usd")
                    .setCaptureMethod(PaymentIntentCreateParams.CaptureMethod.MANUAL)
                    .build(),
                options());
    return client
        .v1()
        .paymentIntents()
        .confirm(
            created.getId(),
            PaymentIntentConfirmParams.builder()
                .setPaymentMethod("pm_card_visa")
                .addExpand("latest_charge")
                .build(),
            options());
  }

  private PaymentIntent capture(PaymentIntent authorized, long amount)
      throws com.stripe.exception.StripeException {
    return client
        .v1()
        .paymentIntents()
        .capture(
            authorized.getId(),
            PaymentIntentCaptureParams.builder().setAmountToCapture(amount).build(),
            options());
  }

  @Test
  void capture_ofTheOfficialClient_isParsed() throws Exception {
    PaymentIntent authorized = authorize();
    assertThat(authorized.getStatus()).isEqualTo("requires_capture");
    assertThat(authorized.getAmountCapturable()).isEqualTo(1250);
    Charge charge = authorized.getLatestChargeObject();
    assertThat(charge.getCaptured()).isFalse();
    assertThat(charge.getPaymentMethodDetails().getCard().getCaptureBefore())
        .isEqualTo(stripe.now + FakeStripe.STATED_VALIDITY.toSeconds());
    assertThatThrownBy(() -> capture(authorized, 1251))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("amount_too_large");

    PaymentIntent captured = capture(authorized, 500);

    assertThat(captured.getStatus()).isEqualTo("succeeded");
    assertThat(captured.getAmountReceived()).isEqualTo(500);
    assertThat(captured.getAmountCapturable()).isZero();
    Charge read =
        client
            .v1()
            .paymentIntents()
            .retrieve(
                captured.getId(),
                PaymentIntentRetrieveParams.builder().addExpand("latest_charge").build(),
                options())
            .getLatestChargeObject();
    assertThat(read.getCaptured()).isTrue();
    assertThat(read.getAmountCaptured()).isEqualTo(500);
    assertThatThrownBy(() -> capture(authorized, 500))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("payment_intent_unexpected_state");
  }

  @Test
  void cancellation_ofTheOfficialClient_isParsed() throws Exception {
    PaymentIntent canceled =
        client
            .v1()
            .paymentIntents()
            .cancel(
                authorize().getId(),
                PaymentIntentCancelParams.builder()
                    .setCancellationReason(
                        PaymentIntentCancelParams.CancellationReason.REQUESTED_BY_CUSTOMER)
                    .build(),
                options());

    assertThat(canceled.getStatus()).isEqualTo("canceled");
    assertThat(canceled.getCancellationReason()).isEqualTo("requested_by_customer");
    assertThat(canceled.getCanceledAt()).isEqualTo(stripe.now);
    assertThat(canceled.getAmountCapturable()).isZero();
  }

  @Test
  void authentication_ofTheOfficialClient_isParsed() throws Exception {
    stripe.card = FakeStripe.Card.WANTS_AUTHENTICATION;

    PaymentIntent waiting =
        client
            .v1()
            .paymentIntents()
            .confirm(
                create().getId(),
                PaymentIntentConfirmParams.builder()
                    .setPaymentMethod("pm_card_visa")
                    .setReturnUrl("https://shop.test/return")
                    .build(),
                options());

    assertThat(waiting.getStatus()).isEqualTo("requires_action");
    assertThat(waiting.getClientSecret()).isNotBlank();
    PaymentIntent.NextAction next = waiting.getNextAction();
    assertThat(next.getType()).isEqualTo("redirect_to_url");
    assertThat(next.getRedirectToUrl().getUrl()).startsWith("https://");
    assertThat(next.getRedirectToUrl().getReturnUrl()).isEqualTo("https://shop.test/return");

    stripe.payersReturn(false);

    PaymentIntent failed = client.v1().paymentIntents().retrieve(waiting.getId(), options());
    assertThat(failed.getStatus()).isEqualTo("requires_payment_method");
    assertThat(failed.getNextAction()).isNull();
    assertThat(failed.getLastPaymentError().getCode())
        .isEqualTo("payment_intent_authentication_failure");
  }

  @Test
  void expiredAuthorization_isParsedByTheOfficialClient() throws Exception {
    PaymentIntent authorized = authorize();
    stripe.expire();

    PaymentIntent expired = client.v1().paymentIntents().retrieve(authorized.getId(), options());

    assertThat(expired.getStatus()).isEqualTo("canceled");
    assertThat(expired.getCancellationReason()).isEqualTo("automatic");
  }

  @Test
  void failedRefund_isParsedByTheOfficialClient() throws Exception {
    PaymentIntent paid = confirm(create());
    stripe.refundStatus = "failed";

    Refund failed =
        client
            .v1()
            .refunds()
            .create(
                RefundCreateParams.builder().setPaymentIntent(paid.getId()).setAmount(250L).build(),
                options());

    assertThat(failed.getStatus()).isEqualTo("failed");
    assertThat(failed.getFailureReason()).isEqualTo("lost_or_stolen_card");
  }

  @Test
  void dispute_ofTheOfficialClient_isParsed() throws Exception {
    PaymentIntent paid = confirm(create());
    stripe
        .intents
        .get(paid.getId())
        .getJsonObject("metadata")
        .put("paymeter_payment_id", "payment-1");
    stripe.dispute("payment-1", "needs_response");

    Dispute dispute = client.v1().disputes().retrieve("dp_1", options());

    assertThat(dispute.getStatus()).isEqualTo("needs_response");
    assertThat(dispute.getPaymentIntent()).isEqualTo(paid.getId());
    assertThat(dispute.getEvidenceDetails().getDueBy())
        .isEqualTo(stripe.now + FakeStripe.DISPUTE_PERIOD.toSeconds());
    assertThat(dispute.getBalanceTransactions().get(0).getFee()).isEqualTo(FakeStripe.DISPUTE_FEE);
    JsonObject event =
        StripeEvents.event("charge.dispute.created", stripe.changeDispute("dp_1", "lost"));
    Event read =
        Webhook.constructEvent(
            event.encode(),
            StripeEvents.sign(StripeEvents.SECRET, event.encode()),
            StripeEvents.SECRET);
    assertThat(((Dispute) read.getDataObjectDeserializer().deserializeUnsafe()).getStatus())
        .isEqualTo("lost");
  }

  @Test
  void errors_areThoseOfTheOfficialClient() throws Exception {
    stripe.card = FakeStripe.Card.DECLINES;
    PaymentIntent created = create();

    assertThatThrownBy(() -> confirm(created))
        .isInstanceOfSatisfying(
            CardException.class,
            declined -> {
              assertThat(declined.getCode()).isEqualTo("card_declined");
              assertThat(declined.getDeclineCode()).isEqualTo("generic_decline");
              assertThat(declined.getStripeError().getPaymentIntent().getId())
                  .isEqualTo(created.getId());
            });
    assertThat(
            client
                .v1()
                .paymentIntents()
                .retrieve(created.getId(), options())
                .getLastPaymentError()
                .getCode())
        .isEqualTo("card_declined");
    assertThat(client.v1().paymentIntents().cancel(created.getId(), options()).getStatus())
        .isEqualTo("canceled");
    assertThatThrownBy(() -> client.v1().paymentIntents().cancel(created.getId(), options()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("payment_intent_unexpected_state");
    assertThatThrownBy(() -> client.v1().paymentIntents().retrieve("pi_0", options()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("resource_missing");
  }

  @Test
  void webhook_isVerifiedAndParsedByTheOfficialClient() throws Exception {
    PaymentIntent paid = confirm(create());
    JsonObject event =
        StripeEvents.event("payment_intent.succeeded", stripe.intents.get(paid.getId()));
    String body = event.encode();
    String signature = StripeEvents.sign(StripeEvents.SECRET, body);

    Event read = Webhook.constructEvent(body, signature, StripeEvents.SECRET);

    assertThat(read.getId()).isEqualTo(event.getString("id"));
    assertThat(read.getType()).isEqualTo("payment_intent.succeeded");
    assertThat(((PaymentIntent) read.getDataObjectDeserializer().deserializeUnsafe()).getId())
        .isEqualTo(paid.getId());
    assertThatThrownBy(() -> Webhook.constructEvent(body, signature, StripeEvents.OTHER_SECRET))
        .isInstanceOf(SignatureVerificationException.class);
    assertThatThrownBy(
            () ->
                Webhook.constructEvent(
                    body,
                    StripeEvents.sign(
                        StripeEvents.SECRET, Instant.now().getEpochSecond() - 301, body),
                    StripeEvents.SECRET))
        .isInstanceOf(SignatureVerificationException.class);
  }

  @Test
  void webhook_signedByTheOfficialClient_isAHint() throws Exception {
    UUID payment = UUID.randomUUID();
    JsonObject intent =
        new JsonObject()
            .put("id", "pi_1")
            .put("object", "payment_intent")
            .put("created", 1)
            .put("livemode", false)
            .put("status", "succeeded")
            .put("metadata", new JsonObject().put("paymeter_payment_id", payment.toString()));
    String body = StripeEvents.event("payment_intent.succeeded", intent).encode();
    String signature = Webhook.Signature.generateSignatureHeader(body, StripeEvents.SECRET);

    assertThat(
            new StripeWebhooks(
                    StripeEvents.SECRET,
                    TestOrders.LEDGER,
                    Duration.ofMinutes(5),
                    Clock.systemUTC())
                .read(name -> List.of(signature), body)
                .result()
                .subject())
        .isEqualTo(new TransferSubject(payment, null, Claim.MONEY_MOVED));
  }
}
