package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.GatewayResult;
import java.util.UUID;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Request to a simulated gateway.
 *
 * @param reference the id of a payment or refund
 * @param refundOf the payment's id if this is a refund
 * @param decision decides on a new request, given the number of the payment, or for a refund the
 *     rest of the charge in the currency's smallest unit; absent for an inquiry
 */
record Request(
    UUID reference,
    @Nullable UUID refundOf,
    JournalEntry.Order order,
    @Nullable LongFunction<GatewayResult> decision) {
  static Request of(Transfer<?> transfer, @Nullable LongFunction<GatewayResult> decision) {
    UUID charge = transfer instanceof Refund refund ? refund.payment().id() : null;
    return new Request(transfer.id(), charge, JournalEntry.Order.of(transfer), decision);
  }

  /**
   * Outcome of a request, as the journal has it.
   *
   * @param number the sequence number, from 1, of a new payment; 0 for a known one and for a refund
   */
  record Outcome(GatewayResult result, long number) {}
}
