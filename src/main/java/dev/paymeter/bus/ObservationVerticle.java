package dev.paymeter.bus;

import dev.paymeter.bus.ObservationReader.Kind;
import dev.paymeter.logs.LogFields;
import dev.paymeter.payments.ErrorReport;
import dev.paymeter.payments.EventReport;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.OperationTimes;
import dev.paymeter.payments.PaymentReport;
import dev.paymeter.payments.Recorder;
import dev.paymeter.payments.RequestRefusedException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes what others report as observations. Stateless; deploy one for each event loop. */
public final class ObservationVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(ObservationVerticle.class);

  private final Recorder<EventReport, ?> events;
  private final Recorder<ErrorReport, ?> errors;
  private final Recorder<PaymentReport, ?> payments;
  private final ObservationReader reader;
  private final OperationTimes times;

  public ObservationVerticle(
      Recorder<EventReport, ?> events,
      Recorder<ErrorReport, ?> errors,
      Recorder<PaymentReport, ?> payments,
      ObservationReader reader,
      OperationTimes times) {
    this.events = events;
    this.errors = errors;
    this.payments = payments;
    this.reader = reader;
    this.times = times;
  }

  @Override
  public Future<?> start() {
    return Future.all(
        take(Addresses.OBSERVATIONS, Operation.BUS_OBSERVE, ObservationReader::kind),
        take(
            Addresses.RECORD,
            Operation.BUS_RECORD,
            body -> ObservationReader.kind(body, Kind.PAYMENT)));
  }

  private Future<Void> take(String address, Operation operation, Function<Object, Kind> kind) {
    return vertx
        .eventBus()
        .<Object>consumer(address, message -> take(message, operation, kind))
        .completion();
  }

  private void take(Message<Object> message, Operation operation, Function<Object, Kind> kind) {
    String requestId = message.headers().get(Addresses.REQUEST_ID);
    LogFields.set(
        PaymentVerticle.withTrace(requestId == null ? Map.of() : Map.of("request_id", requestId)));
    times
        .timed(operation, () -> record(message.body(), kind))
        .onSuccess(message::reply)
        .onFailure(failure -> refuse(message, failure));
  }

  private Future<JsonObject> record(Object body, Function<Object, Kind> kind) {
    try {
      return switch (kind.apply(body)) {
        case EVENT -> record((JsonObject) body, reader.events(), events);
        case ERROR -> record((JsonObject) body, reader.errors(), errors);
        case PAYMENT -> record((JsonObject) body, reader.payments(), payments);
      };
    } catch (RequestRefusedException refused) {
      return Future.failedFuture(refused);
    }
  }

  private static <R> Future<JsonObject> record(
      JsonObject json, ReportReader<R> reader, Recorder<R, ?> recorder) {
    if (!ReportReader.isBatch(json)) {
      return recorder
          .record(List.of(reader.read(json)))
          .map(outcomes -> ObservationReply.of(outcomes.get(0)));
    }
    ReportReader.Batch<R> batch = reader.readBatch(json);
    Future<List<Recorder.Outcome>> outcomes =
        batch.reports().isEmpty()
            ? Future.succeededFuture(List.of())
            : recorder.record(List.copyOf(batch.reports().values()));
    return outcomes.map(each -> ObservationReply.of(batch, each));
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
