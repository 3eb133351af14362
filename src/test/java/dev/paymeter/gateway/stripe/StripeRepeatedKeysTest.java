package dev.paymeter.gateway.stripe;

import static dev.paymeter.gateway.stripe.FakeStripe.assertUnknown;
import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.stripe.FakeStripe.Card;
import dev.paymeter.payment.GatewayKey;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.RecordedCharge;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Payments with the same key, because the ledger has lost the first one, and their records. */
class StripeRepeatedKeysTest {
  private static final IdempotencyKey KEY = new IdempotencyKey("", "POST /p", "k & 1", "aa");
  private static final GatewayResult APPROVED = new GatewayResult.Approved("pi_1");

  private final Payment lost = TestOrders.order().pending(Optional.of(KEY));
  private final Payment repeated = TestOrders.order().pending(Optional.of(KEY));
  private final GatewayResult earlier = new GatewayResult.Earlier(lost.id(), APPROVED);

  @RegisterExtension final FakeStripe stripe = new FakeStripe();
  private final StripeGateway gateway = stripe.gateway(Duration.ZERO);

  @Test
  void charge_repeatedAndFirstWasDeclined_getsTheFirstResult() {
    stripe.card = Card.DECLINES;
    GatewayResult declined = await(gateway.charge(lost));
    stripe.card = Card.APPROVES;

    assertThat(await(gateway.charge(repeated)))
        .isEqualTo(new GatewayResult.Earlier(lost.id(), declined));
    assertThat(stripe.charged).isZero();
  }

  @Test
  void charge_repeatedAndIndexLags_isUnknownUntilItIsFound() {
    await(gateway.charge(lost));
    stripe.indexLags = true;

    assertUnknown(gateway.charge(repeated));
    assertUnknown(gateway.resolve(repeated));

    stripe.indexLags = false;
    assertThat(await(gateway.resolve(repeated))).isEqualTo(earlier);
    assertThat(stripe.charged).isEqualTo(1);
  }

  @Test
  void resolve_dayLater_findsTheEarlierCharge() {
    await(gateway.charge(lost));
    stripe.forgetKeys();

    assertThat(await(stripe.gateway(Duration.ofDays(2)).resolve(repeated))).isEqualTo(earlier);
  }

  /** The key was used again after its time, and the inquiry has other settings. */
  @Test
  void resolve_ownIntentNotFoundYetAndEarlierOneIsOld_isUnknown() {
    stripe.now = TestOrders.CREATED_AT.minus(Duration.ofDays(3)).getEpochSecond();
    await(gateway.charge(lost));
    stripe.forgetKeys();
    await(gateway.charge(repeated));
    String own =
        stripe.intents.get("pi_2").getJsonObject("metadata").getString("paymeter_payment_id");
    stripe.intents.remove("pi_2"); // Not in the index.

    assertThat(own).isEqualTo(repeated.id().toString());
    Payment otherSettings = repeated.withGatewayKey(GatewayKey.of(repeated.gatewayKey().id()));
    assertUnknown(gateway.resolve(otherSettings));
  }

  /** A process that takes over reads the payment from the ledger, with its origin. */
  @Test
  void resolve_byAnotherInstance_findsTheIntentByItsKey() {
    stripe.trouble("/confirm", 500, true, "api_error");
    assertUnknown(gateway.charge(lost));
    stripe.indexLags = true;

    assertThat(await(gateway.resolve(lost))).isEqualTo(APPROVED);
    assertThat(stripe.received("/search")).isZero();
  }

  @Test
  void recordedCharges_allKindsOverSeveralPages_haveAllThatTheRowsNeed() {
    Payment keyed =
        TestOrders.order()
            .references("o".repeat(255), "ü \"1\"")
            .of("1.500", "KWD")
            .method("paypal")
            .allDetails()
            .pending(Optional.of(KEY));
    Payment declined = TestOrders.order().pending(Optional.empty());
    Payment processing = TestOrders.order().pending(Optional.empty());
    Payment never = TestOrders.order().pending(Optional.empty());
    await(gateway.charge(keyed));
    stripe.card = Card.DECLINES;
    GatewayResult rejected = await(gateway.charge(declined));
    stripe.card = Card.TAKES_ITS_TIME;
    assertUnknown(gateway.charge(processing));
    await(gateway.resolve(never));
    StripeGateway ofOtherLedger =
        stripe.gateway(stripe.options(), UUID.randomUUID(), Duration.ZERO);
    await(ofOtherLedger.resolve(TestOrders.order().pending()));

    List<RecordedCharge> read = read(TestOrders.CREATED_AT.minusSeconds(1));

    assertThat(read)
        .extracting(RecordedCharge::payment)
        .containsExactly(
            processing.withAccount(null), declined.withAccount(null), keyed.withAccount(null));
    assertThat(read).extracting(RecordedCharge::result).containsExactly(null, rejected, APPROVED);
    assertThat(read.get(2).idempotency()).contains(KEY);
    assertThat(read.get(2).instanceId()).isEqualTo("test-instance");
    assertThat(read.get(2).chargedAt().getEpochSecond()).isEqualTo(stripe.now);
    assertThat(read(TestOrders.CREATED_AT.plusSeconds(1))).isEmpty();
  }

  private List<RecordedCharge> read(Instant since) {
    List<RecordedCharge> all = new ArrayList<>();
    await(
        gateway.recordedCharges(
            since,
            page -> {
              all.addAll(page);
              return Future.succeededFuture();
            }));
    return all;
  }

  @Test
  void recordedCharges_stripeFails_fails() {
    stripe.trouble("/payment_intents", 500, false, "api_error");

    Future<Void> read =
        gateway.recordedCharges(TestOrders.CREATED_AT, page -> Future.succeededFuture());

    eventually(() -> assertThat(read.failed()).isTrue());
    assertThat(read.cause()).isInstanceOf(StripeException.class);
  }
}
