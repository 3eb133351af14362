package dev.paymeter.gateway;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.GatewayContract.Request;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.VoidReason;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentOutcome;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A payment and its refunds at a gateway, and the states to which the gateway's responses lead. A
 * request of a client begins a new list of states.
 */
final class Trail {
  /** When actions of payers expire. */
  private static final Instant EXPIRY = TestOrders.CREATED_AT.plusSeconds(900);

  private final GatewayContract contract;
  private final List<List<PaymentStatus>> ofPayment = new ArrayList<>();
  private final List<List<PaymentStatus>> ofRefunds = new ArrayList<>();
  private Payment payment;
  private @Nullable Refund refund;
  private BigDecimal refunded = BigDecimal.ZERO;

  /** Begins with a pending payment. */
  Trail(GatewayContract contract, TestOrders order) {
    this.contract = contract;
    this.payment = order.pending(Optional.empty());
    begin(ofPayment);
  }

  List<List<PaymentStatus>> ofPayment() {
    return ofPayment;
  }

  List<List<PaymentStatus>> ofRefunds() {
    return ofRefunds;
  }

  private static void begin(List<List<PaymentStatus>> trail) {
    trail.add(new ArrayList<>(List.of(PaymentStatus.PENDING)));
  }

  private static void add(List<List<PaymentStatus>> trail, PaymentStatus state) {
    trail.get(trail.size() - 1).add(state);
  }

  private PaymentGateway gateway() {
    return contract.gateway();
  }

  Trail charge() {
    return becomes(after(await(gateway().charge(payment))));
  }

  /** Charges, and gets no response. */
  Trail chargeInVain() {
    return isUnknown(gateway().charge(payment));
  }

  Trail capture(String amount) {
    requestCapture(amount);
    return becomes(after(await(gateway().capture(payment))));
  }

  /** Captures, and gets no response. */
  Trail captureInVain(String amount) {
    requestCapture(amount);
    return isUnknown(gateway().capture(payment));
  }

  /** Captures in a way that the ledger does not know of. */
  Trail captureElsewhere(String amount) {
    Payment known = payment;
    requestCapture(amount);
    await(gateway().capture(payment));
    payment = known;
    ofPayment.remove(ofPayment.size() - 1);
    return this;
  }

  private void requestCapture(String amount) {
    payment = payment.requestCapture(UUID.randomUUID(), TestOrders.money(amount, "USD"));
    begin(ofPayment);
  }

  Trail cancel() {
    requestVoid();
    return becomes(after(await(gateway().cancel(payment))));
  }

  /** Cancels, and gets no response. */
  Trail cancelInVain() {
    requestVoid();
    return isUnknown(gateway().cancel(payment));
  }

  private void requestVoid() {
    payment = payment.requestVoid(UUID.randomUUID(), VoidReason.REQUESTED);
    begin(ofPayment);
  }

  /** Lets the time of the authorization pass. */
  Trail expire() {
    contract.expire();
    return this;
  }

  Trail returnPayer(boolean passes) {
    contract.returnPayers(passes);
    return this;
  }

  /** Lets the time of the payer pass. */
  Trail expireAction() {
    payment = payment.expireAction(EXPIRY);
    ofPayment.add(new ArrayList<>(List.of(payment.status())));
    return this;
  }

  /** Cancels the payment whose payer did not act in time. */
  Trail cancelExpired() {
    return becomes(after(await(gateway().cancel(payment))));
  }

  /** Cancels it, and gets no response. */
  Trail cancelExpiredInVain() {
    contract.assertUnknown(gateway().cancel(payment));
    return this;
  }

  /** Makes the gateway reject the next charge because it cannot process it now. */
  Trail rejectCharge() {
    contract.rejectCharge();
    return this;
  }

  Trail loseRequest(Request kind) {
    contract.loseRequest(kind);
    return this;
  }

  Trail loseResponse(Request kind) {
    contract.loseResponse(kind);
    return this;
  }

  /** Inquires about the payment. */
  Trail inquire() {
    return becomes(after(await(gateway().resolve(payment))));
  }

  private Trail becomes(Payment changed) {
    payment = changed;
    add(ofPayment, payment.status());
    return this;
  }

  private Trail isUnknown(Future<GatewayResult> response) {
    contract.assertUnknown(response);
    return becomes(TestOrders.markedUnknown(payment));
  }

  /** Returns the payment in the state that a result determines, as {@code PaymentService} does. */
  private Payment after(GatewayResult result) {
    assertThat(PaymentOutcome.isEvidence(payment, result)).as("%s", result).isTrue();
    if (result instanceof GatewayResult.ActionRequired required) {
      return PaymentOutcome.requiresAction(payment, required, TestOrders.DURATION, EXPIRY);
    }
    return PaymentOutcome.isAuthorized(payment, result)
        ? PaymentOutcome.authorized(payment, result, TestOrders.DURATION)
        : PaymentOutcome.of(payment, result, settlement(result));
  }

  private static Payment.Settlement settlement(GatewayResult result) {
    return new Payment.Settlement(TestOrders.DURATION, TestOrders.CREATED_AT, result.error(), 1);
  }

  Trail refund(String amount) {
    request(amount);
    return refundBecomes(await(gateway().refund(refund)));
  }

  /** Refunds, and gets no response. */
  Trail refundInVain(String amount) {
    request(amount);
    contract.assertUnknown(gateway().refund(refund));
    refund =
        refund.markUnknown(new Payment.UnknownOutcome(TestOrders.DURATION, TestOrders.CREATED_AT));
    add(ofRefunds, refund.status());
    return this;
  }

  private void request(String amount) {
    refund = TestOrders.refund(payment, amount);
    begin(ofRefunds);
  }

  /** Inquires about the refund. */
  Trail inquireRefund() {
    return refundBecomes(await(gateway().resolveRefund(refund)));
  }

  /** Inquires about the refund when no request can arrive any more. */
  Trail inquireRefundLater() {
    return refundBecomes(await(contract.later(GatewayContract.LATER).resolveRefund(refund)));
  }

  /** Lets the last refund fail, which the gateway had approved, and inquires about it. */
  Trail failRefund() {
    contract.failRefund();
    GatewayResult result = await(gateway().resolveRefund(refund));
    assertThat(GatewayResult.isFailedRefund(result)).as("%s", result).isTrue();
    refund = refund.failLater(settlement(result));
    add(ofRefunds, refund.status());
    return addRefunded(refund.amount().amount().negate());
  }

  private Trail refundBecomes(GatewayResult result) {
    refund = refund.settle(settlement(result));
    add(ofRefunds, refund.status());
    return refund.status() == PaymentStatus.SUCCESS ? addRefunded(refund.amount().amount()) : this;
  }

  private Trail addRefunded(BigDecimal amount) {
    refunded = refunded.add(amount);
    return becomes(payment.atStatus(payment.status(), payment.order().gateway(), refunded));
  }
}
