package dev.paymeter.bus;

import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.service.DisputeService;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Handles this process's requests for disputes. Stateless; deploy one for each event loop. */
public final class DisputeVerticle extends VerticleBase {
  private final DisputeService disputeService;
  private final OperationTimer timer;

  public DisputeVerticle(DisputeService disputeService, OperationTimer timer) {
    this.disputeService = disputeService;
    this.timer = timer;
  }

  @Override
  public Future<?> start() {
    return LocalRequests.serve(
        vertx, timer, Addresses.LIST_DISPUTES, Operation.BUS_DISPUTES_LIST, this::list);
  }

  private Future<DisputesReply> list(ListDisputes request) {
    return disputeService.list(request.payment(), request.access()).map(DisputesReply::new);
  }
}
