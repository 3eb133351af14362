package dev.paymeter.payment.port;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Port: the external service that moves money, at most once per gateway key. Safe from any thread.
 */
public interface PaymentGateway {
  /**
   * Returns the account in which a gateway charges. It does not change while the process runs. Two
   * gateways of one name have different accounts, unless they have the same record of charges: only
   * then can one of them give evidence about payments that the other one received.
   *
   * @param gateway the name of the gateway
   * @return empty while the gateway has not stated its account, or if it is not configured. Then it
   *     does not charge.
   */
  Optional<String> account(String gateway);

  /**
   * Returns the requests that a gateway can carry out. They do not change while the process runs.
   *
   * @param gateway the name of the gateway
   */
  default GatewayCapabilities capabilities(String gateway) {
    return GatewayCapabilities.ALL;
  }

  /**
   * Charges a payment that is committed as pending, or authorizes it if its order says so. Safe to
   * repeat: a gateway charges once per gateway key, and repeats its first response; for another
   * payment with the same key, as {@link GatewayResult.Earlier}. {@link GatewayResult.NotSubmitted}
   * refers to this attempt only: if an earlier attempt got no response, only {@link #resolve} is
   * evidence.
   *
   * @return the gateway's response, {@link GatewayResult.ActionRequired} only if the order has a
   *     return address; a failed future (timeout, broken connection, defect) means that the outcome
   *     is unknown
   */
  @Timed(Operation.GATEWAY_CHARGE)
  Future<GatewayResult> charge(Payment payment);

  /**
   * Inquires about the outcome of a payment, without charging. {@link GatewayResult.NotSubmitted}
   * means that the gateway has not received the payment, and will not charge it even if it arrives
   * later.
   *
   * @return evidence; a failed future means that the outcome is still unknown: repeat the inquiry
   */
  @Timed(Operation.GATEWAY_RESOLVE)
  Future<GatewayResult> resolve(Payment payment);

  /**
   * Captures the amount of the payment's open step. The step is committed before. Safe to repeat: a
   * gateway captures an authorization once.
   *
   * @return {@link GatewayResult.Approved} with the captured amount, which may be that of another
   *     capture; {@link GatewayResult.Canceled} if nothing is authorized any more; {@link
   *     GatewayResult.Rejected} or, for this attempt only, {@link GatewayResult.NotSubmitted} if
   *     the authorization is unchanged. A failed future means that the outcome is unknown
   */
  @Timed(Operation.GATEWAY_CAPTURE)
  Future<GatewayResult> capture(Payment payment);

  /**
   * Cancels the authorization of a payment, whose open step is a void; or a payment whose payer did
   * not act in time, so that it is never charged. Safe to repeat.
   *
   * @return as {@link #capture}. For a payer's action, {@link GatewayResult.Rejected} is final
   */
  @Timed(Operation.GATEWAY_CANCEL)
  Future<GatewayResult> cancel(Payment payment);

  /**
   * Carries out a refund that is committed as pending, of a successful payment. Safe to repeat,
   * with the same results as {@link #charge}.
   */
  @Timed(Operation.GATEWAY_REFUND)
  Future<GatewayResult> refund(Refund refund);

  /**
   * Inquires about the outcome of a refund, without refunding. {@link GatewayResult.NotSubmitted}
   * means that the gateway will not refund even if the request arrives later.
   *
   * @return evidence; a failed future means that the outcome is still unknown: repeat the inquiry
   */
  @Timed(Operation.GATEWAY_RESOLVE_REFUND)
  Future<GatewayResult> resolveRefund(Refund refund);

  /**
   * Reads a dispute, a warning before one, or a reversal.
   *
   * @param gateway the name of the gateway
   * @param reference the gateway's id of the dispute
   * @return evidence; empty if the gateway has no such dispute in its account, or it does not
   *     concern a payment of this ledger. A failed future is no evidence
   */
  @Timed(Operation.GATEWAY_DISPUTE)
  Future<Optional<GatewayDispute>> dispute(String gateway, String reference);

  /**
   * Reads the payments of this ledger that the gateway received since a time, page by page. The
   * next page is read when the future of the previous one has succeeded. The order is the
   * gateway's; charges that arrive meanwhile may be missing.
   *
   * @param page receives at least one charge
   * @return fails if a page cannot be read, or with the failure of {@code page}
   */
  Future<Void> recordedCharges(Instant since, Function<List<RecordedCharge>, Future<Void>> page);
}
