package dev.paymeter.payment.service;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.UnresolvedTransfers;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * Makes the next inquiries about a payment and its refunds due at once. The reconciler of an
 * instance that has the account inquires within a second. If no outcome is unknown, this instance
 * inquires about the successful refunds, which may have failed later. Safe from any thread.
 *
 * @param payments the unresolved payments
 * @param refunds the unresolved refunds
 * @param immediate the inquiries about successful refunds
 * @param accounts returns the account of a gateway, as {@code PaymentGateway.account}
 */
public record InquiryService(
    PaymentService paymentService,
    RefundService refundService,
    UnresolvedTransfers<?> payments,
    UnresolvedTransfers<?> refunds,
    ImmediateInquiries<Refund> immediate,
    Function<String, Optional<String>> accounts) {
  private static final int MAX_REFUNDS = 100;

  /**
   * Makes the inquiries due, or begins them.
   *
   * @return their number; fails with {@link RequestRejectedException} if the payment does not
   *     exist, if neither its outcome nor that of a refund is unknown and no refund is successful,
   *     if another instance has the account of a successful refund, or if the ledger is unavailable
   */
  public Future<Integer> inquire(UUID payment) {
    return paymentService
        .find(payment, Access.ALL)
        .compose(
            found ->
                needsInquiry(found)
                    ? due(payments, List.of(payment))
                    : refundService
                        .list(payment, null, MAX_REFUNDS, Access.ALL)
                        .compose(page -> inquire(found, page.transfers())));
  }

  private Future<Integer> inquire(Payment payment, List<Refund> ofPayment) {
    List<UUID> unknown =
        ofPayment.stream().filter(InquiryService::needsInquiry).map(Transfer::id).toList();
    List<Refund> successful =
        ofPayment.stream().filter(refund -> refund.status() == PaymentStatus.SUCCESS).toList();
    return unknown.isEmpty() && !successful.isEmpty()
        ? verify(payment, successful)
        : due(refunds, unknown);
  }

  private Future<Integer> verify(Payment payment, List<Refund> successful) {
    String gateway = payment.order().gateway();
    if (!accounts.apply(gateway).equals(Optional.ofNullable(payment.account()))) {
      return Future.failedFuture(RequestRejectedException.accountElsewhere(gateway));
    }
    return Future.succeededFuture(
        Math.toIntExact(
            successful.stream().filter(refund -> immediate.begin(refund).isPresent()).count()));
  }

  private static boolean needsInquiry(Transfer<?> transfer) {
    return transfer.status().needsInquiry();
  }

  private static Future<Integer> due(UnresolvedTransfers<?> unresolved, List<UUID> ids) {
    if (ids.isEmpty()) {
      return Future.failedFuture(
          RequestRejectedException.wrongState(
              "Expected a payment or refund with an unknown outcome, or a successful refund, found none."));
    }
    return Futures.attemptOrReject(
            () ->
                Future.all(ids.stream().map(id -> unresolved.postpone(id, Duration.ZERO)).toList()))
        .map(ids.size());
  }
}
