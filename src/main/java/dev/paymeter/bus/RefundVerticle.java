package dev.paymeter.bus;

import dev.paymeter.payment.port.Observations.Operation;
import dev.paymeter.payment.port.OperationTimes;
import dev.paymeter.payment.query.ListRefunds;
import dev.paymeter.payment.query.RefundPage;
import dev.paymeter.payment.service.Refunded;
import dev.paymeter.payment.service.Refunds;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Handles this process' requests for refunds. Stateless; deploy one for each event loop. */
public final class RefundVerticle extends VerticleBase {
  private final Refunds refunds;
  private final OperationTimes times;

  public RefundVerticle(Refunds refunds, OperationTimes times) {
    this.refunds = refunds;
    this.times = times;
  }

  @Override
  public Future<?> start() {
    return Future.all(
        LocalRequests.serve(
            vertx, times, Addresses.REFUND, Operation.BUS_REFUNDS_CREATE, this::create),
        LocalRequests.serve(
            vertx, times, Addresses.FIND_REFUND, Operation.BUS_REFUNDS_FIND, this::find),
        LocalRequests.serve(
            vertx, times, Addresses.LIST_REFUNDS, Operation.BUS_REFUNDS_LIST, this::list));
  }

  private Future<Refunded> create(CreateRefund request) {
    return refunds.refund(request.payment(), request.order(), request.key());
  }

  private Future<Refunded> find(FindRefund request) {
    return refunds.find(request.payment(), request.id()).map(refund -> new Refunded(refund, false));
  }

  private Future<RefundPage> list(ListRefunds query) {
    return refunds.list(query.payment(), query.after(), query.limit());
  }
}
