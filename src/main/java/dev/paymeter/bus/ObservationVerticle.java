package dev.paymeter.bus;

import dev.paymeter.logs.LogFields;
import dev.paymeter.payments.BusinessEvents;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.OperationTimes;
import dev.paymeter.payments.RequestRefusedException;
import dev.paymeter.payments.RequestRefusedException.Fault;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes what others report as observations. Stateless; deploy one for each event loop. */
public final class ObservationVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(ObservationVerticle.class);

  private final BusinessEvents events;
  private final ObservationReader reader;
  private final OperationTimes times;

  public ObservationVerticle(
      BusinessEvents events, ObservationReader reader, OperationTimes times) {
    this.events = events;
    this.reader = reader;
    this.times = times;
  }

  @Override
  public Future<?> start() {
    return vertx.eventBus().consumer(Addresses.OBSERVATIONS, this::observe).completion();
  }

  private void observe(Message<Object> message) {
    String requestId = message.headers().get(Addresses.REQUEST_ID);
    LogFields.set(
        PaymentVerticle.withTrace(requestId == null ? Map.of() : Map.of("request_id", requestId)));
    times
        .timed(Operation.BUS_OBSERVE, () -> record(message.body()))
        .onSuccess(message::reply)
        .onFailure(failure -> refuse(message, failure));
  }

  private Future<JsonObject> record(Object body) {
    try {
      JsonObject json = object(body);
      return reader.isBatch(json) ? recordBatch(json) : recordOne(json);
    } catch (RequestRefusedException refused) {
      return Future.failedFuture(refused);
    }
  }

  private Future<JsonObject> recordOne(JsonObject json) {
    return events
        .record(List.of(reader.read(json)))
        .map(outcomes -> ObservationReply.of(outcomes.get(0)));
  }

  private Future<JsonObject> recordBatch(JsonObject json) {
    ObservationReader.Batch batch = reader.readBatch(json);
    Future<List<BusinessEvents.Outcome>> outcomes =
        batch.reports().isEmpty()
            ? Future.succeededFuture(List.of())
            : events.record(List.copyOf(batch.reports().values()));
    return outcomes.map(each -> ObservationReply.of(batch, each));
  }

  private static JsonObject object(Object body) {
    if (body instanceof JsonObject json) {
      return json;
    }
    String found = body == null ? "nothing" : body.getClass().getSimpleName();
    throw RequestRefusedException.invalid(List.of(new Fault("body", "a JSON object", found)));
  }

  private static void refuse(Message<Object> message, Throwable failure) {
    if (failure instanceof RequestRefusedException refused) {
      message.reply(ObservationReply.of(refused));
    } else {
      log.error("An observation failed for a reason nobody foresaw", failure);
      message.fail(PaymentVerticle.DEFECT, "internal error");
    }
  }
}
