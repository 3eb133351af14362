package dev.paymeter.gateway.stripe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paymeter.payment.port.GatewayHint;
import dev.paymeter.payment.port.GatewayHint.Claim;
import dev.paymeter.payment.port.GatewayHint.OtherSubject;
import dev.paymeter.payment.port.GatewayHint.TransferSubject;
import dev.paymeter.payment.port.HintOutcome;
import dev.paymeter.payment.port.WebhookRejectedException;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StripeWebhooksTest {
  private static final Duration TOLERANCE = Duration.ofMinutes(5);
  private static final UUID PAYMENT = UUID.fromString("01a203fd-93b1-7b9f-bc69-07e8be5bfdb8");
  private static final UUID REFUND = UUID.fromString("01a203fd-93b1-7b9f-bc69-07e8be5bfdb9");
  private static final long NOW = TestOrders.CREATED_AT.getEpochSecond();

  private final ManualClock clock = new ManualClock();
  private final StripeWebhooks webhooks =
      new StripeWebhooks(
          "# the new one\n%s\n\n%s\n".formatted(StripeEvents.SECRET, StripeEvents.OTHER_SECRET),
          TestOrders.LEDGER,
          TOLERANCE,
          clock);

  private Future<GatewayHint> read(String body, String... signatures) {
    return webhooks.read(
        name -> name.equalsIgnoreCase("stripe-signature") ? List.of(signatures) : List.of(), body);
  }

  private GatewayHint hint(JsonObject event) {
    String body = event.encode();
    return read(body, StripeEvents.sign(StripeEvents.SECRET, NOW, body)).result();
  }

  private HintOutcome rejection(String body, String... signatures) {
    return ((WebhookRejectedException) read(body, signatures).cause()).reason();
  }

  private static JsonObject intent() {
    return new JsonObject()
        .put("id", "pi_1")
        .put("object", "payment_intent")
        .put("created", NOW)
        .put("livemode", false)
        .put("status", "succeeded")
        .put(
            "metadata",
            new JsonObject()
                .put("paymeter_payment_id", PAYMENT.toString())
                .put("paymeter_ledger_id", TestOrders.LEDGER.toString())
                .put("shop", "north"));
  }

  private static JsonObject refund() {
    return new JsonObject()
        .put("id", "re_1")
        .put("object", "refund")
        .put("created", NOW)
        .put("amount", 50)
        .put("currency", "usd")
        .put("status", "succeeded")
        .put(
            "metadata",
            new JsonObject()
                .put("paymeter_payment_id", PAYMENT.toString())
                .put("paymeter_refund_id", REFUND.toString()));
  }

  private static String paid() {
    return StripeEvents.event("payment_intent.succeeded", intent()).encode();
  }

  @ParameterizedTest
  @ValueSource(strings = {StripeEvents.SECRET, StripeEvents.OTHER_SECRET})
  void read_signedWithEitherSecret_isAHint(String secret) {
    String body = paid();

    assertThat(read(body, StripeEvents.sign(secret, NOW, body)).result().subject())
        .isEqualTo(new TransferSubject(PAYMENT, null, Claim.MONEY_MOVED));
  }

  /** While a secret is rolled, Stripe signs with both. */
  @Test
  void read_oneOfSeveralSignaturesIsValid_isAHint() {
    String body = paid();
    String unknown = StripeEvents.hash("whsec_0123456789abcdef0", NOW, body);
    String known = StripeEvents.hash(StripeEvents.SECRET, NOW, body);

    assertThat(read(body, "t=%d, v1=%s, v1=%s".formatted(NOW, unknown, known)).succeeded())
        .isTrue();
  }

  @Test
  void read_otherBodyTimeOrSecret_isForged() {
    String body = paid();
    String header = StripeEvents.sign(StripeEvents.SECRET, NOW, body);

    assertThat(rejection(body + " ", header)).isEqualTo(HintOutcome.FORGED);
    assertThat(rejection(body, header.replace("t=" + NOW, "t=" + (NOW + 1))))
        .isEqualTo(HintOutcome.FORGED);
    assertThat(rejection(body, StripeEvents.sign("whsec_0123456789abcdef0", NOW, body)))
        .isEqualTo(HintOutcome.FORGED);
  }

  @Test
  void read_timeOutsideTheTolerance_isExpired() {
    String body = paid();
    String header = StripeEvents.sign(StripeEvents.SECRET, NOW, body);
    String later = StripeEvents.sign(StripeEvents.SECRET, NOW + 301, body);

    assertThat(rejection(body, later)).isEqualTo(HintOutcome.EXPIRED);
    clock.setWallClock(TestOrders.CREATED_AT.plusSeconds(299));
    assertThat(read(body, header).succeeded()).isTrue();
    assertThat(read(body, later).succeeded()).isTrue();
    clock.setWallClock(TestOrders.CREATED_AT.plusSeconds(300));
    assertThat(rejection(body, header)).isEqualTo(HintOutcome.EXPIRED);
  }

  @Test
  void read_signatureIsMissingOrMalformed_isUnsigned() {
    String body = paid();
    String hash = StripeEvents.hash(StripeEvents.SECRET, NOW, body);
    String header = "t=" + NOW + ",v1=" + hash;

    assertThat(rejection(body)).isEqualTo(HintOutcome.UNSIGNED);
    assertThat(rejection(body, header, header)).isEqualTo(HintOutcome.UNSIGNED);
    for (String malformed :
        List.of(
            "",
            ",",
            "t=" + NOW,
            "v1=" + hash,
            "t=,v1=" + hash,
            "t=-1,v1=" + hash,
            "t=1e9,v1=" + hash,
            "t=" + NOW + ",t=" + NOW + ",v1=" + hash,
            "t=" + NOW + ",v0=" + hash, // A weaker scheme.
            "t=" + NOW + ",v1=" + hash.substring(1),
            "t=" + NOW + ",v1=" + hash + "0",
            "t=" + NOW + (",v1=" + hash).repeat(9))) {
      assertThat(rejection(body, malformed)).as(malformed).isEqualTo(HintOutcome.UNSIGNED);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "succeeded, MONEY_MOVED",
    "canceled, NO_MONEY_MOVED",
    "processing, NONE",
    "requires_action, NONE",
    "requires_payment_method, NONE",
    "a_later_status, NONE"
  })
  void read_intent_isAHintAboutThePayment(String status, Claim claim) {
    JsonObject event =
        StripeEvents.otherEvent("payment_intent.updated", intent().put("status", status));

    GatewayHint hint = hint(event);

    assertThat(hint.id()).isEqualTo(event.getString("id"));
    assertThat(hint.account()).isNull();
    assertThat(hint.subject()).isEqualTo(new TransferSubject(PAYMENT, null, claim));
  }

  @ParameterizedTest
  @CsvSource({
    "refund.created, pending, NONE",
    "refund.updated, succeeded, MONEY_MOVED",
    "refund.failed, failed, NO_MONEY_MOVED",
    "charge.refund.updated, canceled, NO_MONEY_MOVED"
  })
  void read_refund_isAHintAboutTheRefund(String type, String status, Claim claim) {
    assertThat(hint(StripeEvents.event(type, refund().put("status", status))).subject())
        .isEqualTo(new TransferSubject(PAYMENT, REFUND, claim));
  }

  @Test
  void read_eventOfAConnectedAccount_hasTheAccount() {
    JsonObject event = StripeEvents.event("payment_intent.succeeded", intent());

    assertThat(hint(event.put("account", "acct_2")).account()).isEqualTo("acct_2");
  }

  @Test
  void read_objectOfAnotherLedgerOrSystem_isForeign() {
    for (JsonObject metadata :
        List.of(
            new JsonObject(),
            new JsonObject().put("paymeter_payment_id", "1"),
            intent().getJsonObject("metadata").put("paymeter_ledger_id", REFUND.toString()))) {
      assertThat(
              hint(StripeEvents.event(
                      "payment_intent.succeeded", intent().put("metadata", metadata)))
                  .subject())
          .isEqualTo(OtherSubject.FOREIGN);
    }
    for (String missing : List.of("paymeter_payment_id", "paymeter_refund_id")) {
      JsonObject refund = refund();
      refund.getJsonObject("metadata").remove(missing);
      assertThat(hint(StripeEvents.event("refund.updated", refund)).subject())
          .isEqualTo(OtherSubject.FOREIGN);
    }
    assertThat(hint(StripeEvents.event("refund.updated", refund().putNull("metadata"))).subject())
        .isEqualTo(OtherSubject.FOREIGN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "customer.created",
        "charge.succeeded",
        "payout.paid",
        "refund.updated",
        "a_later.type",
        ""
      })
  void read_otherType_isUnknown(String type) {
    assertThat(hint(StripeEvents.otherEvent(type, intent())).subject())
        .isEqualTo(OtherSubject.UNKNOWN_TYPE);
  }

  /** A later version of Stripe's API may have other forms. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "null",
        "{}",
        "{\"id\":7}",
        "{\"id\":\"evt_1\",\"type\":{}}",
        "{\"data\":[]}",
        "{\"type\":\"payment_intent.x\",\"data\":{\"object\":7}}",
        "{\"type\":\"v1.billing.meter\",\"related_object\":{\"id\":\"a\"}}"
      })
  void read_otherForm_isOfAnUnknownType(String body) {
    assertThat(read(body, StripeEvents.sign(StripeEvents.SECRET, NOW, body)).result().subject())
        .isEqualTo(OtherSubject.UNKNOWN_TYPE);
  }

  @Test
  void replaceSecrets_oldOneIsRemoved_isNotAcceptedAnyMore() {
    String body = paid();
    String old = StripeEvents.sign(StripeEvents.OTHER_SECRET, NOW, body);
    assertThat(read(body, old).succeeded()).isTrue();

    webhooks.replaceSecrets(StripeEvents.SECRET);

    assertThat(rejection(body, old)).isEqualTo(HintOutcome.FORGED);
    assertThat(read(body, StripeEvents.sign(StripeEvents.SECRET, NOW, body)).succeeded()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|expected one or two signing secrets of Stripe, found 0",
        "# none|expected one or two signing secrets of Stripe, found 0",
        "whsec_aaaaaaaaaaaaaaaa;whsec_bbbbbbbbbbbbbbbb;whsec_cccccccccccccccc|expected one or two signing secrets of Stripe, found 3",
        "sk_test_hunter2|expected a signing secret of Stripe",
        "whsec_hunter2|expected a signing secret of Stripe"
      })
  void replaceSecrets_invalid_keepsTheOldOnes(String secrets, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> webhooks.replaceSecrets(secrets.replace(';', '\n')))
        .withMessageStartingWith(message)
        .withMessageNotContaining("hunter2");

    String body = paid();
    assertThat(read(body, StripeEvents.sign(StripeEvents.SECRET, NOW, body)).succeeded()).isTrue();
  }
}
