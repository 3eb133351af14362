package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.json.JsonObject;
import java.util.UUID;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Request to a simulated gateway.
 *
 * @param reference the gateway key of a payment or refund
 * @param id the id of the payment or refund
 * @param refundOf the payment's gateway key if this is a refund
 * @param decision decides on a new request, given the number of the payment, or for a refund the
 *     rest of the charge in the currency's smallest unit; absent for an inquiry
 * @param fields to be stored with a new charge; empty for refunds and inquiries
 */
record Request(
    UUID reference,
    UUID id,
    @Nullable UUID refundOf,
    JournalEntry.Order order,
    @Nullable LongFunction<GatewayResult> decision,
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
        decision,
        fields);
  }

  /** Returns whether another payment or refund may have the same reference. */
  boolean hasDerivedReference() {
    return !reference.equals(id);
  }

  /**
   * Outcome of a request, as the journal has it.
   *
   * @param number the sequence number, from 1, of a new payment; 0 for a known one and for a refund
   */
  record Outcome(GatewayResult result, long number) {}
}
