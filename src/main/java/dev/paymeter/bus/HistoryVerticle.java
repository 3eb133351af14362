package dev.paymeter.bus;

import dev.paymeter.logs.LogFields;
import dev.paymeter.payments.Change;
import dev.paymeter.payments.History;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.OperationTimes;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Answers what became of payments, to this process. Stateless; deploy one for each event loop. */
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
        vertx.eventBus().localConsumer(Addresses.HISTORY, this::find).completion(),
        vertx.eventBus().localConsumer(Addresses.CHANGES, this::read).completion());
  }

  private void find(Message<FindHistory> request) {
    LogFields.set(PaymentVerticle.withTrace(Map.of("request_id", request.body().requestId())));
    answer(
        request,
        () ->
            history
                .of(request.body().id())
                .map(found -> ChangesReply.Listed.behind(Change.Position.START, found)));
  }

  private void read(Message<ReadChanges> request) {
    answer(request, () -> changes(request.body()));
  }

  private Future<ChangesReply.Listed> changes(ReadChanges asked) {
    Change.Position after = asked.after();
    return after == null
        ? history.end().map(end -> new ChangesReply.Listed(List.of(), end))
        : history.after(after, asked.most()).map(found -> ChangesReply.Listed.behind(after, found));
  }

  private void answer(Message<?> request, Supplier<Future<ChangesReply.Listed>> work) {
    PaymentVerticle.answer(
        request, times.timed(Operation.BUS_PAYMENTS_CHANGES, work), ChangesReply.Refused::new);
  }
}
