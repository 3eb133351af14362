package dev.paymeter.payment.service;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.UnresolvedTransfers;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * Makes the next inquiries about a payment and its refunds due at once. The reconciler of an
 * instance that has the account inquires within a second. Safe from any thread.
 *
 * @param payments the unresolved payments
 * @param refunds the unresolved refunds
 */
public record InquiryService(
    PaymentService paymentService,
    RefundService refundService,
    UnresolvedTransfers<?> payments,
    UnresolvedTransfers<?> refunds) {
  private static final int MAX_REFUNDS = 100;

  /**
   * Makes the inquiries due.
   *
   * @return their number; fails with {@link RequestRejectedException} if the payment does not
   *     exist, if neither its outcome nor that of a refund is unknown, or if the ledger is
   *     unavailable
   */
  public Future<Integer> inquire(UUID payment) {
    return paymentService
        .find(payment, Access.ALL)
        .compose(
            found ->
                isUnknown(found)
                    ? due(payments, List.of(payment))
                    : refundService
                        .list(payment, null, MAX_REFUNDS, Access.ALL)
                        .compose(
                            page ->
                                due(
                                    refunds,
                                    page.transfers().stream()
                                        .filter(InquiryService::isUnknown)
                                        .map(Transfer::id)
                                        .toList())));
  }

  private static boolean isUnknown(Transfer<?> transfer) {
    return transfer.status() == PaymentStatus.UNKNOWN;
  }

  private static Future<Integer> due(UnresolvedTransfers<?> unresolved, List<UUID> ids) {
    if (ids.isEmpty()) {
      return Future.failedFuture(
          RequestRejectedException.wrongState(
              "Expected a payment or refund with an unknown outcome, found none."));
    }
    return Futures.attemptOrReject(
            () ->
                Future.all(ids.stream().map(id -> unresolved.postpone(id, Duration.ZERO)).toList()))
        .map(ids.size());
  }
}
