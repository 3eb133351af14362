package dev.paymeter.bus;

import dev.paymeter.payment.EventBatch;
import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.service.HistoryService;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.Optional;

/** Handles this process's requests for events. Stateless; deploy one for each event loop. */
public final class HistoryVerticle extends VerticleBase {
  private final HistoryService historyService;
  private final OperationTimer timer;

  public HistoryVerticle(HistoryService historyService, OperationTimer timer) {
    this.historyService = historyService;
    this.timer = timer;
  }

  @Override
  public Future<?> start() {
    return Future.all(
        LocalRequests.serve(
            vertx, timer, Addresses.HISTORY, Operation.BUS_PAYMENTS_CHANGES, this::find),
        LocalRequests.serve(
            vertx, timer, Addresses.READ_EVENTS, Operation.BUS_PAYMENTS_CHANGES, this::read));
  }

  private Future<EventsReply> find(FindHistory request) {
    return historyService.eventsOf(request.id(), request.access()).map(EventsReply::new);
  }

  private Future<EventBatch> read(ReadEvents request) {
    EventOffset after = request.after();
    return after == null
        ? historyService.lastPosition().map(HistoryVerticle::nothingAfter)
        : historyService.eventsAfter(after, request.limit(), request.access());
  }

  private static EventBatch nothingAfter(PaymentEvent.Position last) {
    return new EventBatch(Optional.empty(), List.of(), EventOffset.after(last));
  }
}
