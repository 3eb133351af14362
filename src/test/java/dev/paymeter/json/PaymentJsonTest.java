package dev.paymeter.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.NextAction;
import dev.paymeter.payment.PayerAction;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaymentJsonTest {
  @Test
  void write_succeeded_hasTheContractsMembers() {
    Payment payment =
        TestOrders.order()
            .of("1.5", "KWD")
            .tier("premium")
            .method("apple_pay")
            .gateway("paypal")
            .succeededIn(Duration.ofNanos(1_234_567_000));

    assertThat(PaymentJson.write(payment).encode())
        .isEqualTo(
            """
            {"id":"ID","transaction_id":"txn_ID","status":"success","order_id":"order_1",\
            "user_id":"user_1","amount":"1.500","currency":"KWD","amount_usd":"4.86",\
            "user_tier":"premium","payment_method":"apple_pay","gateway":"paypal",\
            "created_at":"2026-03-04T05:06:07.123456Z","duration":1.234567,\
            "settled_at":"2026-03-04T05:06:08.358023Z"}"""
                .replace("ID", payment.id().toString()));
  }

  @Test
  void write_ofMerchant_hasIt() {
    JsonObject json = PaymentJson.write(TestOrders.order().merchant("acme").pending());

    assertThat(json.getString("merchant")).isEqualTo("acme");
    assertThat(PaymentJson.write(TestOrders.order().pending()).fieldNames())
        .doesNotContain("merchant");
  }

  @Test
  void write_pending_hasNoOutcome() {
    JsonObject json = PaymentJson.write(TestOrders.order().pending());

    assertThat(json.getString("status")).isEqualTo("pending");
    assertThat(json.fieldNames()).doesNotContain("duration", "settled_at", "error", "source");
  }

  @Test
  void write_failed_hasTheError() {
    Payment payment =
        TestOrders.order()
            .failed(
                new PaymentValidationException(FailureCode.INSUFFICIENT_FUNDS, "Not enough money"));

    JsonObject json = PaymentJson.write(payment);

    assertThat(json.getString("status")).isEqualTo("failed");
    assertThat(json.getJsonObject("error").encode())
        .isEqualTo(
            "{\"type\":\"PaymentValidationException\",\"code\":\"insufficient_funds\","
                + "\"message\":\"Not enough money\"}");
  }

  @Test
  void write_recorded_hasItsSource() {
    Payment payment = TestOrders.order().recorded("shop", "sale-7").payment();

    JsonObject json = PaymentJson.write(payment);

    assertThat(json.getString("source")).isEqualTo("shop");
    assertThat(json.getString("source_id")).isEqualTo("sale-7");
    assertThat(json.getString("status")).isEqualTo("success");
  }

  /** The action is a secret of the payer, for the shop that created the payment. */
  @Test
  void write_requiresAction_hasTheActionForItsClientOnly() {
    Payment waiting = TestOrders.order().requiringAction();

    assertThat(PaymentJson.write(waiting, TestOrders.RETURN.owner()).getJsonObject("next_action"))
        .isEqualTo(
            new JsonObject()
                .put("type", "redirect")
                .put("redirect_url", "https://gateway.test/authenticate")
                .put("expires_at", "2026-03-04T05:21:07.123456Z"));
    assertThat(PaymentJson.write(waiting, "other")).isEqualTo(PaymentJson.write(waiting));
    assertThat(PaymentJson.write(waiting).getString("status")).isEqualTo("requires_action");
    assertThat(PaymentJson.write(waiting).getDouble("duration")).isEqualTo(0.25);
    assertThat(PaymentJson.write(waiting).encode()).doesNotContain("https://");
  }

  @Test
  void write_requiresActionOfTheLibrary_hasTheClientSecret() {
    Payment waiting =
        TestOrders.order()
            .returning()
            .pending()
            .requireAction(
                new PayerAction(
                    Duration.ZERO,
                    TestOrders.CREATED_AT,
                    new NextAction(NextAction.Kind.CLIENT_SECRET, "pi_1_secret")));

    JsonObject action =
        PaymentJson.write(waiting, TestOrders.RETURN.owner()).getJsonObject("next_action");

    assertThat(action.getString("type")).isEqualTo("client_secret");
    assertThat(action.getString("client_secret")).isEqualTo("pi_1_secret");
  }

  @Test
  void write_noActionAnyMore_hasNone() {
    Payment expired =
        TestOrders.order().requiringAction().expireAction(TestOrders.CREATED_AT.plusSeconds(900));

    assertThat(PaymentJson.write(expired, TestOrders.RETURN.owner()).fieldNames())
        .doesNotContain("next_action");
  }

  @Test
  void write_anyAmountAndDuration_hasNoExponent() {
    JsonObject tiny =
        PaymentJson.write(
            TestOrders.order().of("0.001", "KWD").succeededIn(Duration.ofNanos(1_000)));
    JsonObject zero = PaymentJson.write(TestOrders.order().succeededIn(Duration.ZERO));

    assertThat(tiny.getString("amount")).isEqualTo("0.001");
    assertThat(tiny.getString("amount_usd")).isEqualTo("0.00");
    assertThat(tiny.encode()).contains("\"duration\":0.000001,");
    assertThat(zero.encode()).contains("\"duration\":0.000000,");
  }
}
