package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.UUID;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Request to a simulated gateway.
 *
 * @param reference the gateway key of a payment or refund
 * @param id the id of the payment or refund
 * @param refundOf the payment's gateway key if this is a refund
 * @param order of a capture, with the amount to capture
 * @param step whether a held amount is to be captured or canceled; null for other requests
 * @param decision decides on a new request, given the number of the payment, or for a refund the
 *     rest of the charge in the currency's smallest unit; absent for an inquiry and for a step
 * @param validity how long the amount of an approved payment is held; null if it is charged
 * @param payer of an approved payment that the payer has to authenticate first; null if not
 * @param fields to be stored with a new charge; empty for refunds, steps and inquiries
 */
record Request(
    UUID reference,
    UUID id,
    @Nullable UUID refundOf,
    JournalEntry.Order order,
    Authorization.@Nullable Kind step,
    @Nullable LongFunction<GatewayResult> decision,
    @Nullable Duration validity,
    SimulatedPayer.@Nullable Plan payer,
    JsonObject fields) {
  /** Returns an inquiry. */
  static Request of(Transfer<?> transfer) {
    return of(transfer, null, new JsonObject());
  }

  static Request of(
      Transfer<?> transfer, @Nullable LongFunction<GatewayResult> decision, JsonObject fields) {
    return new Request(
        transfer.gatewayKey().id(),
        transfer.id(),
        transfer instanceof Refund refund ? refund.payment().gatewayKey().id() : null,
        JournalEntry.Order.of(transfer),
        null,
        decision,
        null,
        null,
        fields);
  }

  /** Returns the request to cancel a payment whose payer did not act. */
  static Request ofCancellation(Payment payment) {
    return ofStep(payment, Authorization.Kind.VOID, payment.submittedAmount());
  }

  /** Returns the request to carry out the open step of a payment. */
  static Request ofStep(Payment payment) {
    Authorization.Step step = payment.openStep().orElseThrow();
    return ofStep(payment, step.kind(), step.amount());
  }

  private static Request ofStep(Payment payment, Authorization.Kind kind, Money amount) {
    return new Request(
        payment.gatewayKey().id(),
        payment.id(),
        null,
        JournalEntry.Order.of(payment.order(), amount),
        kind,
        null,
        null,
        null,
        new JsonObject());
  }

  /** Returns this request of a payment whose amount is held, not charged. */
  Request holdingFor(Duration time) {
    return new Request(reference, id, refundOf, order, step, decision, time, payer, fields);
  }

  /** Returns this request of a payment that its payer has to authenticate. */
  Request waitingFor(SimulatedPayer.Plan other) {
    return new Request(reference, id, refundOf, order, step, decision, validity, other, fields);
  }

  boolean isInquiry() {
    return decision == null && step == null;
  }

  /** Returns whether another payment or refund may have the same reference. */
  boolean hasDerivedReference() {
    return !reference.equals(id);
  }

  /**
   * Outcome of a request, as the journal has it.
   *
   * @param number the sequence number, from 1, of a new payment; 0 for a known one, a refund and a
   *     step
   */
  record Outcome(GatewayResult result, long number) {}
}
