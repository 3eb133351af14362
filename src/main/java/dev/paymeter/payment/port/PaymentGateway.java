package dev.paymeter.payment.port;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import io.vertx.core.Future;

/**
 * Port: whoever moves the money. The id of a payment, or of a refund, is the reference that both
 * sides know it by. Safe from any thread.
 */
public interface PaymentGateway {
  /**
   * Charges a payment that is committed as pending. Safe to repeat: under one payment's id a
   * gateway charges once, and gives its first answer again. {@link GatewayResult.NotAsked} speaks
   * of this attempt: where an earlier one got no answer, only {@link #resolve} is evidence.
   *
   * @return the gateway's answer; a failed future (a time-out, a broken connection, a defect) means
   *     that nobody knows yet whether money moved
   */
  Future<GatewayResult> charge(Payment payment);

  /**
   * Asks what became of a payment, and charges nothing. A gateway that has not received the payment
   * by now will never charge it, whatever arrives later: {@link GatewayResult.NotAsked}.
   *
   * @return evidence; a failed future means that it is not known yet: ask again later
   */
  Future<GatewayResult> resolve(Payment payment);

  /**
   * Gives back what a refund that is committed as pending says of a payment that has succeeded.
   * Safe to repeat, as {@link #charge}; answers as that does.
   */
  Future<GatewayResult> refund(Refund refund);

  /**
   * Asks what became of a refund, and gives nothing back. {@link GatewayResult.NotAsked} promises
   * that nothing ever will be, whatever arrives later.
   *
   * @return evidence; a failed future means that it is not known yet: ask again later
   */
  Future<GatewayResult> resolveRefund(Refund refund);
}
