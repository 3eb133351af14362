package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import java.util.UUID;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A request to a simulated gateway.
 *
 * @param reference the id of a payment, or of a refund
 * @param charge the payment's id where this is about a refund of it
 * @param order what is to be charged, or given back
 * @param decision how it is answered when it is new: a payment by its number, a refund by what is
 *     left of its charge, in the currency's smallest unit; absent in an inquiry
 */
record Request(
    UUID reference,
    @Nullable UUID charge,
    JournalEntry.Order order,
    @Nullable LongFunction<GatewayResult> decision) {
  static Request of(Payment payment, @Nullable LongFunction<GatewayResult> decision) {
    return new Request(payment.id(), null, JournalEntry.Order.of(payment), decision);
  }

  static Request of(Refund refund, @Nullable LongFunction<GatewayResult> decision) {
    return new Request(refund.id(), refund.payment().id(), JournalEntry.Order.of(refund), decision);
  }

  /**
   * What became of a request, once that is in the journal.
   *
   * @param number of a payment that was new, from 1; 0 of one that the gateway knew, and of a
   *     refund
   */
  record Verdict(GatewayResult answer, long number) {}
}
