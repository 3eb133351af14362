package dev.paymeter.bus;

import dev.paymeter.logs.LogFields;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.OperationTimes;
import dev.paymeter.payments.Paid;
import dev.paymeter.payments.PaymentOrder;
import dev.paymeter.payments.Payments;
import dev.paymeter.payments.RequestRefusedException;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers payment messages of this process. Stateless; deploy one for each event loop. */
public final class PaymentVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(PaymentVerticle.class);

  /** What the sender is told of a defect; the log has the rest. */
  public static final int DEFECT = 500;

  private final Payments payments;
  private final OperationTimes times;

  public PaymentVerticle(Payments payments, OperationTimes times) {
    this.payments = payments;
    this.times = times;
  }

  @Override
  public Future<?> start() {
    return Future.all(
        vertx.eventBus().localConsumer(Addresses.PAY, this::create).completion(),
        vertx.eventBus().localConsumer(Addresses.FIND, this::find).completion(),
        vertx.eventBus().localConsumer(Addresses.LIST, this::list).completion());
  }

  private void create(Message<CreatePayment> request) {
    PaymentOrder order = request.body().order();
    setLogFields(
        request,
        Map.of(
            "request_id", request.body().requestId(),
            "user_id", order.userId(),
            "order_id", order.orderId()));
    answer(
        request,
        times.timed(
            Operation.BUS_PAYMENTS_CREATE, () -> payments.pay(order, request.body().key())));
  }

  private void find(Message<FindPayment> request) {
    setLogFields(request, Map.of("request_id", request.body().requestId()));
    answer(
        request,
        times
            .timed(Operation.BUS_PAYMENTS_FIND, () -> payments.find(request.body().id()))
            .map(payment -> new Paid(payment, false)));
  }

  private void list(Message<ListPayments> request) {
    ListPayments asked = request.body();
    setLogFields(request, Map.of("request_id", asked.requestId()));
    answer(
        request,
        times
            .timed(
                Operation.BUS_PAYMENTS_LIST,
                () -> payments.list(asked.filter(), asked.after(), asked.limit()))
            .map(ListReply.Listed::new),
        ListReply.Refused::new);
  }

  /** With the key that the request came with, where it is known. */
  static void setLogFields(Message<?> request, Map<String, String> fields) {
    String credential = request.headers().get(Addresses.CREDENTIAL);
    Map<String, String> all = new HashMap<>(fields);
    if (credential != null) {
      all.put("credential", credential);
    }
    LogFields.set(withTrace(all));
  }

  static Map<String, String> withTrace(Map<String, String> fields) {
    SpanContext span = Span.current().getSpanContext();
    if (!span.isValid()) {
      return fields;
    }
    Map<String, String> traced = new HashMap<>(fields);
    traced.put("trace_id", span.getTraceId());
    return traced;
  }

  private static void answer(Message<?> request, Future<Paid> result) {
    answer(request, result.map(PaymentReply.Found::new), PaymentReply.Refused::new);
  }

  static void answer(
      Message<?> request, Future<?> reply, Function<RequestRefusedException, ?> refused) {
    reply
        .onSuccess(request::reply)
        .onFailure(
            failure -> {
              if (failure instanceof RequestRefusedException refusal) {
                request.reply(refused.apply(refusal));
              } else {
                log.error("A payment request failed for a reason nobody foresaw", failure);
                request.fail(DEFECT, "internal error");
              }
            });
  }
}
