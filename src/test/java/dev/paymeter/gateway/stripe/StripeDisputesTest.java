package dev.paymeter.gateway.stripe;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.DisputeStatus;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.GatewayDispute;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;

/** Disputes at a server that answers as Stripe's description says. */
@ExtendWith(VertxExtension.class)
class StripeDisputesTest {
  private static final String ID = "dp_1";

  private FakeStripe stripe;
  private StripeGateway gateway;
  private Payment payment;

  @BeforeEach
  void pay(Vertx vertx) {
    stripe = new FakeStripe(vertx);
    gateway = stripe.gateway(Duration.ZERO);
    payment = TestOrders.order().pending();
    await(gateway.charge(payment));
  }

  @AfterEach
  void stop() {
    stripe.close();
  }

  private Optional<GatewayDispute> read() {
    return await(gateway.dispute("stripe", ID));
  }

  private void begin(String status) {
    stripe.dispute(payment.id().toString(), status);
  }

  @Test
  void dispute_hasAmountsAndDeadline() {
    begin("needs_response");

    assertThat(read())
        .contains(
            new GatewayDispute(
                ID,
                payment.id(),
                payment.gatewayKey().id(),
                DisputeStatus.NEEDS_RESPONSE,
                "fraudulent",
                payment.amount(),
                Instant.ofEpochSecond(stripe.now).plus(FakeStripe.DISPUTE_PERIOD),
                TestOrders.money("15.00", "USD"),
                Instant.ofEpochSecond(stripe.now)));
  }

  @ParameterizedTest
  @CsvSource({
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "prevented",
    "needs_response",
    "under_review",
    "won",
    "lost"
  })
  void dispute_hasItsState(String status) {
    begin(status);

    assertThat(read().orElseThrow().status()).isEqualTo(DisputeStatus.of(status));
  }

  @Test
  void dispute_warning_hasNoFee() {
    begin("warning_needs_response");

    assertThat(read().orElseThrow().fee()).isNull();
  }

  /** Wins the dispute; returns the transaction that gives the money back. */
  private JsonObject won() {
    stripe.changeDispute(ID, "won");
    return stripe.disputes.get(ID).getJsonArray("balance_transactions").getJsonObject(1);
  }

  @Test
  void dispute_won_hasTheFeesOfBothTransactions() {
    begin("needs_response");
    won().put("fee", -FakeStripe.DISPUTE_FEE);

    assertThat(read().orElseThrow().fee()).isEqualTo(TestOrders.money("0.00", "USD"));
  }

  @Test
  void dispute_feesOfSeveralCurrencies_haveNoSum() {
    begin("needs_response");
    won().put("currency", "eur");

    assertThat(read().orElseThrow().fee()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "insufficient_funds, 0, REVERSED",
    "bank_cannot_process, , REVERSED",
    "insufficient_funds, 1900000000, LOST",
    "fraudulent, 0, LOST"
  })
  void dispute_lostWithoutResponse_isAReversalIfTheBankReturnedIt(
      String reason, Long dueBy, DisputeStatus status) {
    begin("lost");
    JsonObject dispute = stripe.disputes.get(ID).put("reason", reason);
    dispute.getJsonObject("evidence_details").put("due_by", dueBy);

    assertThat(read().orElseThrow().status()).isEqualTo(status);
  }

  @Test
  void dispute_ofAnotherLedgerOrProduct_isEmpty() {
    assertThat(read()).as("no dispute").isEmpty();
    begin("needs_response");
    JsonObject metadata = stripe.intents.values().iterator().next().getJsonObject("metadata");

    metadata.put("paymeter_ledger_id", UUID.randomUUID().toString());
    assertThat(read()).isEmpty();
    metadata.clear();
    assertThat(read()).isEmpty();
  }

  @Test
  void dispute_ofOtherContent_isNoEvidence() {
    begin("needs_response");
    for (JsonObject answer :
        List.of(
            new JsonObject(),
            changed("id", "dp_2"),
            changed("object", "charge"),
            changed("amount", "12.50"),
            changed("amount", 12.5),
            changed("amount", new BigInteger("18446744073709552866")), // 2^64 + 1250
            changed("amount", 0),
            changed("amount", -1250),
            changed("created", 300_000_000_000L),
            changed("created", -1),
            changed("evidence_details", JsonObject.of("due_by", 300_000_000_000L)),
            changed("balance_transactions", feeOf(new BigInteger("18446744073709553116"))),
            changed("balance_transactions", feeOf(Long.MAX_VALUE)),
            changed("status", "arbitrated"),
            changed("status", "reversed"))) {
      assertThatThrownBy(() -> StripeDisputes.read(TestOrders.LEDGER, ID, answer))
          .as("%s", answer)
          .isInstanceOf(StripeException.class);
    }
    stripe.trouble(ID, 500, false, "api_error");
    assertThatThrownBy(this::read).isInstanceOf(StripeException.class);
  }

  private static JsonArray feeOf(Number each) {
    JsonObject transaction = JsonObject.of("fee", each, "currency", "usd");
    return JsonArray.of(transaction, transaction);
  }

  @ParameterizedTest
  @NullAndEmptySource
  void dispute_withoutReason_hasNone(@Nullable String reason) {
    begin("needs_response");

    assertThat(StripeDisputes.read(TestOrders.LEDGER, ID, changed("reason", reason)))
        .map(GatewayDispute::reason)
        .isEmpty();
  }

  private JsonObject changed(String name, Object value) {
    return stripe
        .disputes
        .get(ID)
        .copy()
        .put("payment_intent", stripe.intents.values().iterator().next().copy())
        .put(name, value);
  }
}
