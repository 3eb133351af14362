package dev.paymeter.bus;

import dev.paymeter.payment.Change;
import dev.paymeter.payment.port.Observations.Operation;
import dev.paymeter.payment.port.OperationTimes;
import dev.paymeter.payment.service.History;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;

/** Handles this process' requests for events. Stateless; deploy one for each event loop. */
public final class HistoryVerticle extends VerticleBase {
  private final History history;
  private final OperationTimes times;

  public HistoryVerticle(History history, OperationTimes times) {
    this.history = history;
    this.times = times;
  }

  @Override
  public Future<?> start() {
    return Future.all(
        LocalRequests.serve(
            vertx, times, Addresses.HISTORY, Operation.BUS_PAYMENTS_CHANGES, this::find),
        LocalRequests.serve(
            vertx, times, Addresses.CHANGES, Operation.BUS_PAYMENTS_CHANGES, this::read));
  }

  private Future<ChangesReply> find(FindHistory request) {
    return history.of(request.id()).map(found -> ChangesReply.after(Change.Position.START, found));
  }

  private Future<ChangesReply> read(ReadChanges request) {
    Change.Position after = request.after();
    return after == null
        ? history.end().map(end -> new ChangesReply(List.of(), end))
        : history.after(after, request.most()).map(found -> ChangesReply.after(after, found));
  }
}
