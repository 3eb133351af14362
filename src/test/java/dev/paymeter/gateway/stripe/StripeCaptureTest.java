package dev.paymeter.gateway.stripe;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentOutcome;
import dev.paymeter.support.payment.TestOrders;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The requests of captures, beyond the contract of all gateways. */
class StripeCaptureTest {
  @RegisterExtension final FakeStripe stripe = new FakeStripe();
  private final StripeGateway gateway = stripe.gateway(Duration.ZERO);

  private Payment capturing() {
    Payment pending = TestOrders.order().manual().pending();
    Payment authorized =
        PaymentOutcome.authorized(pending, await(gateway.charge(pending)), Duration.ZERO);
    stripe.requests.clear();
    return authorized.requestCapture(UUID.randomUUID(), TestOrders.money("5.00", "USD"));
  }

  @ParameterizedTest
  @CsvSource({"true, P6D", "false, P7D"})
  void charge_expiry_isStatedOrAssumed(boolean isStated, Duration validity) {
    stripe.statesValidity = isStated;

    GatewayResult.Authorized held =
        (GatewayResult.Authorized) await(gateway.charge(TestOrders.order().manual().pending()));

    assertThat(held.expiresAt().getEpochSecond())
        .isEqualTo(TestOrders.CREATED_AT.plus(validity).getEpochSecond());
  }

  /** The intent is known: neither its key nor the index is needed, long after it was created. */
  @Test
  void capture_isOneRequestUnderAKeyOfItsOwn() {
    Payment capturing = capturing();

    await(gateway.capture(capturing));

    assertThat(stripe.requests)
        .containsExactly(
            "POST /v1/payment_intents/pi_1/capture "
                + capturing.openStep().orElseThrow().id()
                + "-capture");
    assertThat(stripe.charged).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 409, 429, 500})
  void capture_carriedOutWithoutClearAnswer_isUnknownAndThenCaptured(int status) {
    Payment capturing = capturing();
    stripe.trouble("/capture", status, true, "api_error");

    FakeStripe.assertUnknown(gateway.capture(capturing));

    assertThat(await(gateway.resolve(capturing)))
        .isEqualTo(new GatewayResult.Approved("pi_1", TestOrders.money("5.00", "USD")));
    assertThat(stripe.charged).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 409, 429, 500})
  void capture_notCarriedOutWithoutClearAnswer_isUnknownAndCanBeRepeated(int status) {
    Payment capturing = capturing();
    stripe.trouble("/capture", status, false, "api_error");

    FakeStripe.assertUnknown(gateway.capture(capturing));

    assertThat(await(gateway.resolve(capturing))).isInstanceOf(GatewayResult.Authorized.class);
    assertThat(await(gateway.capture(capturing))).isInstanceOf(GatewayResult.Approved.class);
    assertThat(stripe.charged).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404})
  void capture_notTaken_isNotSubmitted(int status) {
    Payment capturing = capturing();
    stripe.trouble("/capture", status, false, "invalid_request_error");

    assertThat(await(gateway.capture(capturing))).isInstanceOf(GatewayResult.NotSubmitted.class);
  }

  /** As a proxy's cache may have it. */
  @Test
  void capture_answerIsAboutAnotherIntent_isUnknown() {
    Payment capturing = capturing();
    Payment other = capturing();
    await(gateway.capture(other));
    stripe.answerOnce("/capture", stripe.intents.get("pi_2").copy());

    FakeStripe.assertUnknown(gateway.capture(capturing));
  }

  /** The intent of a captured payment has another amount than the payment. */
  @Test
  void refund_ofAPartialCapture_findsTheIntentWithoutItsKey() {
    Payment capturing = capturing();
    await(gateway.capture(capturing));
    stripe.forgetKeys();
    stripe.requests.clear();
    Payment captured = TestOrders.captured(capturing, "5.00");

    assertThat(await(gateway.refund(TestOrders.refund(captured, "5.00"))))
        .isEqualTo(new GatewayResult.Approved("re_1"));

    assertThat(stripe.requests).hasSize(1);
  }
}
