package dev.paymeter.gateway.stripe;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.NextAction;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The requests about payers' actions, beyond the contract of all gateways. */
class StripeActionTest {
  @RegisterExtension final FakeStripe stripe = new FakeStripe();
  private final StripeGateway gateway = stripe.gateway(Duration.ZERO);

  @BeforeEach
  void requireAuthentication() {
    stripe.card = FakeStripe.Card.WANTS_AUTHENTICATION;
  }

  private static Payment expired(Payment pending) {
    Payment waiting = TestOrders.order().requiringAction();
    return pending
        .requireAction(waiting.payerAction().orElseThrow())
        .expireAction(TestOrders.CREATED_AT.plusSeconds(900));
  }

  @Test
  void charge_libraryLeadsThePayer_isItsClientSecret() {
    stripe.usesLibrary = true;

    assertThat(await(gateway.charge(TestOrders.order().returning().pending())))
        .isEqualTo(
            new GatewayResult.ActionRequired(
                new NextAction(NextAction.Kind.CLIENT_SECRET, "pi_1_secret")));
  }

  @Test
  void resolve_payerHasFailed_cancelsTheIntent() {
    Payment pending = TestOrders.order().returning().pending();
    await(gateway.charge(pending));
    stripe.payersReturn(false);

    await(gateway.resolve(pending));

    assertThat(stripe.intents.get("pi_1").getString("status")).isEqualTo("canceled");
    assertThat(stripe.charged).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 409, 500})
  void cancel_carriedOutWithoutClearAnswer_isUnknownAndThenDeclined(int status) {
    Payment pending = TestOrders.order().returning().pending();
    await(gateway.charge(pending));
    Payment expired = expired(pending);
    stripe.trouble("/cancel", status, true, "api_error");

    FakeStripe.assertUnknown(gateway.cancel(expired));

    assertThat(await(gateway.resolve(expired)).error().code())
        .isEqualTo(FailureCode.AUTHENTICATION_TIMEOUT);
    stripe.payersReturn(true);
    assertThat(stripe.charged).isZero();
  }

  /** The payer can still try again: the payment has no result until it is canceled. */
  @Test
  void recordedCharges_payerHasFailed_haveNoResult() {
    await(gateway.charge(TestOrders.order().returning().pending(Optional.empty())));
    stripe.payersReturn(false);
    List<RecordedCharge> charges = new ArrayList<>();

    await(
        gateway.recordedCharges(
            Instant.EPOCH,
            page -> {
              charges.addAll(page);
              return Future.succeededFuture();
            }));

    assertThat(charges).hasSize(1);
    assertThat(charges.get(0).conclusion()).isEmpty();
  }

  /** Someone with access to Stripe has canceled it. */
  @Test
  void resolve_canceledAtStripe_isDeclined() {
    Payment pending = TestOrders.order().returning().pending();
    await(gateway.charge(pending));
    stripe.intents.get("pi_1").put("status", "canceled").putNull("next_action");
    Payment waiting =
        pending.requireAction(TestOrders.order().requiringAction().payerAction().orElseThrow());

    assertThat(await(gateway.resolve(waiting)).error().code())
        .isEqualTo(FailureCode.AUTHENTICATION_FAILED);
  }
}
