package dev.paymeter.gateway;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.VoidReason;
import dev.paymeter.payment.port.GatewayCapabilities.Feature;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentOutcome;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract of all gateways that authorize payments, and capture or cancel them later. */
public abstract class CaptureContract {
  /** Returns the gateway, which approves all payments. */
  protected abstract PaymentGateway gateway();

  /** Lets the time of all authorizations pass. */
  protected abstract void expire();

  private Payment authorize(String amount, String currency) {
    Payment pending = TestOrders.order().of(amount, currency).manual().pending(Optional.empty());
    return authorized(pending, await(gateway().charge(pending)));
  }

  private static Payment authorized(Payment pending, GatewayResult result) {
    assertThat(result).isInstanceOf(GatewayResult.Authorized.class);
    return PaymentOutcome.authorized(pending, result, Duration.ZERO);
  }

  private static Payment capturing(Payment payment, String amount) {
    return payment.requestCapture(
        UUID.randomUUID(), TestOrders.money(amount, payment.amount().currency().getCurrencyCode()));
  }

  private static Payment voiding(Payment payment) {
    return payment.requestVoid(UUID.randomUUID(), VoidReason.REQUESTED);
  }

  private static Money captured(GatewayResult result) {
    return ((GatewayResult.Approved) result).captured();
  }

  @Test
  void capabilities_includeThis() {
    assertThat(gateway().capabilities("stripe").features()).contains(Feature.MANUAL_CAPTURE);
  }

  @Test
  void charge_manual_isAuthorizedUntilATimeAndMovesNothing() {
    Payment pending = TestOrders.order().manual().pending(Optional.empty());

    GatewayResult result = await(gateway().charge(pending));

    GatewayResult.Authorized held = (GatewayResult.Authorized) result;
    assertThat(held.reference()).isNotBlank();
    assertThat(held.expiresAt()).isAfter(Instant.EPOCH);
    assertThat(await(gateway().charge(pending))).isEqualTo(result);
    assertThat(await(gateway().resolve(pending))).isEqualTo(result);
    assertThat(await(gateway().resolve(authorized(pending, result)))).isEqualTo(result);
  }

  @ParameterizedTest
  @CsvSource({"12.50, USD, 12.50", "12.50, USD, 0.51", "1250, JPY, 999", "1.230, KWD, 1.220"})
  void capture_allOrPart_isOnRecordWithItsAmount(String amount, String currency, String part) {
    Payment capturing = capturing(authorize(amount, currency), part);

    GatewayResult result = await(gateway().capture(capturing));

    assertThat(captured(result)).isEqualTo(TestOrders.money(part, currency));
    assertThat(await(gateway().capture(capturing))).isEqualTo(result);
    assertThat(await(gateway().resolve(capturing))).isEqualTo(result);
  }

  @Test
  void capture_another_isTheFirst() {
    Payment payment = authorize("12.50", "USD");
    GatewayResult first = await(gateway().capture(capturing(payment, "5.00")));

    assertThat(await(gateway().capture(capturing(payment, "7.00")))).isEqualTo(first);
    assertThat(await(gateway().cancel(voiding(payment)))).isEqualTo(first);
    assertThat(await(gateway().resolve(payment))).isEqualTo(first);
  }

  @Test
  void capture_more_isDeclinedAndStillAuthorized() {
    Payment payment = authorize("12.50", "USD");

    assertThat(await(gateway().capture(capturing(payment, "12.51"))))
        .isInstanceOf(GatewayResult.Rejected.class);

    assertThat(await(gateway().resolve(payment))).isInstanceOf(GatewayResult.Authorized.class);
    assertThat(captured(await(gateway().capture(capturing(payment, "12.50")))))
        .isEqualTo(payment.amount());
  }

  @Test
  void cancel_authorized_isCanceledForGood() {
    Payment payment = authorize("12.50", "USD");
    Payment voiding = voiding(payment);

    GatewayResult result = await(gateway().cancel(voiding));

    assertThat(((GatewayResult.Canceled) result).isExpired()).isFalse();
    assertThat(await(gateway().cancel(voiding))).isEqualTo(result);
    assertThat(await(gateway().resolve(payment))).isEqualTo(result);
    assertThat(await(gateway().capture(capturing(payment, "1.00")))).isEqualTo(result);
  }

  /** The ledger may not know that the payment was authorized. */
  @Test
  void resolve_canceledAndNotKnownToBeAuthorized_isCanceled() {
    Payment pending = TestOrders.order().manual().pending(Optional.empty());
    Payment payment = authorized(pending, await(gateway().charge(pending)));
    GatewayResult canceled = await(gateway().cancel(voiding(payment)));

    assertThat(await(gateway().resolve(pending))).isEqualTo(canceled);
  }

  @Test
  void resolve_expired_isCanceledBecauseOfThat() {
    Payment payment = authorize("12.50", "USD");

    expire();

    assertThat(((GatewayResult.Canceled) await(gateway().resolve(payment))).isExpired()).isTrue();
    assertThat(await(gateway().capture(capturing(payment, "1.00"))))
        .isInstanceOf(GatewayResult.Canceled.class);
  }

  @Test
  void refund_ofAPartialCapture_isUpToTheCapturedAmount() {
    Payment payment = authorize("12.50", "USD");
    await(gateway().capture(capturing(payment, "5.00")));
    Payment captured = TestOrders.captured(payment, "5.00");

    assertThat(await(gateway().refund(TestOrders.refund(captured, "5.01"))))
        .isInstanceOf(GatewayResult.Rejected.class);
    assertThat(await(gateway().refund(TestOrders.refund(captured, "5.00"))))
        .isInstanceOf(GatewayResult.Approved.class);
    assertThat(captured(await(gateway().resolve(payment)))).isEqualTo(captured.amount());
  }

  /** A lost row must be inserted with what has happened to the payment since. */
  @Test
  void recordedCharges_haveThePresentResults() {
    Payment held = authorize("12.50", "USD");
    Payment captured = authorize("12.50", "USD");
    await(gateway().capture(capturing(captured, "5.00")));
    Payment canceled = authorize("12.50", "USD");
    await(gateway().cancel(voiding(canceled)));
    List<RecordedCharge> charges = new ArrayList<>();

    await(
        gateway()
            .recordedCharges(
                Instant.EPOCH,
                page -> {
                  charges.addAll(page);
                  return Future.succeededFuture();
                }));

    assertThat(charges).hasSize(3);
    RecordedCharge ofHeld = find(charges, held);
    assertThat(ofHeld.payment().order()).isEqualTo(held.order());
    assertThat(ofHeld.conclusion()).isEmpty();
    assertThat(captured(find(charges, captured).conclusion().orElseThrow()))
        .isEqualTo(TestOrders.money("5.00", "USD"));
    assertThat(find(charges, canceled).isCanceled()).isTrue();
  }

  private static RecordedCharge find(List<RecordedCharge> charges, Payment payment) {
    return charges.stream()
        .filter(charge -> charge.payment().id().equals(payment.id()))
        .findFirst()
        .orElseThrow();
  }
}
