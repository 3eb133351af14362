package dev.paymeter.bus;

import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.OperationTimes;
import dev.paymeter.payments.Refunded;
import dev.paymeter.payments.Refunds;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import java.util.Map;

/** Answers messages about refunds of this process. Stateless; deploy one for each event loop. */
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
        vertx.eventBus().localConsumer(Addresses.REFUND, this::create).completion(),
        vertx.eventBus().localConsumer(Addresses.FIND_REFUND, this::find).completion(),
        vertx.eventBus().localConsumer(Addresses.LIST_REFUNDS, this::list).completion());
  }

  private void create(Message<CreateRefund> request) {
    CreateRefund asked = request.body();
    PaymentVerticle.setLogFields(request, Map.of("request_id", asked.requestId()));
    answer(
        request,
        times
            .timed(
                Operation.BUS_REFUNDS_CREATE,
                () -> refunds.refund(asked.payment(), asked.order(), asked.key()))
            .map(RefundReply.Found::new));
  }

  private void find(Message<FindRefund> request) {
    FindRefund asked = request.body();
    PaymentVerticle.setLogFields(request, Map.of("request_id", asked.requestId()));
    answer(
        request,
        times
            .timed(Operation.BUS_REFUNDS_FIND, () -> refunds.find(asked.payment(), asked.id()))
            .map(refund -> new RefundReply.Found(new Refunded(refund, false))));
  }

  private void list(Message<ListRefunds> request) {
    ListRefunds asked = request.body();
    PaymentVerticle.setLogFields(request, Map.of("request_id", asked.requestId()));
    answer(
        request,
        times
            .timed(
                Operation.BUS_REFUNDS_LIST,
                () -> refunds.list(asked.payment(), asked.after(), asked.limit()))
            .map(RefundReply.Listed::new));
  }

  private static void answer(Message<?> request, Future<?> reply) {
    PaymentVerticle.answer(request, reply, RefundReply.Refused::new);
  }
}
