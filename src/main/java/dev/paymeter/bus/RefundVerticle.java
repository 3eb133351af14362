package dev.paymeter.bus;

import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.RefundQuery;
import dev.paymeter.payment.service.RefundResult;
import dev.paymeter.payment.service.RefundService;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Handles this process's requests for refunds. Stateless; deploy one for each event loop. */
public final class RefundVerticle extends VerticleBase {
  private final RefundService refundService;
  private final OperationTimer timer;

  public RefundVerticle(RefundService refundService, OperationTimer timer) {
    this.refundService = refundService;
    this.timer = timer;
  }

  @Override
  public Future<?> start() {
    return Future.all(
        LocalRequests.serve(
            vertx, timer, Addresses.REFUND, Operation.BUS_REFUNDS_CREATE, this::create),
        LocalRequests.serve(
            vertx, timer, Addresses.FIND_REFUND, Operation.BUS_REFUNDS_FIND, this::find),
        LocalRequests.serve(
            vertx, timer, Addresses.LIST_REFUNDS, Operation.BUS_REFUNDS_LIST, this::list));
  }

  private Future<RefundResult> create(CreateRefund request) {
    return refundService.refund(
        request.payment(), request.order(), request.key(), request.access());
  }

  private Future<RefundResult> find(FindRefund request) {
    return refundService
        .find(request.payment(), request.id(), request.access())
        .map(refund -> new RefundResult(refund, false));
  }

  private Future<PaymentPage<Refund>> list(RefundQuery query) {
    return refundService.list(query.payment(), query.after(), query.limit(), query.access());
  }
}
