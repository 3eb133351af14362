package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.LocalRequests;
import dev.paymeter.bus.report.ReportReaders.Kind;
import dev.paymeter.logging.LogFields;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.EventReport;
import dev.paymeter.report.PaymentReport;
import dev.paymeter.report.ReportIngestor;
import dev.paymeter.report.ReportMetrics;
import dev.paymeter.report.ReportMetrics.Reported;
import dev.paymeter.security.RequestIdPolicy;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes what others report as observations. Stateless; deploy one for each event loop. */
public final class ReportVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(ReportVerticle.class);

  private final ReportIngestor<EventReport, ?> events;
  private final ReportIngestor<ErrorReport, ?> errors;
  private final ReportIngestor<PaymentReport, ?> payments;
  private final OperationIngestor operations;
  private final PoolReportIngestor connections;
  private final ReportMetrics counts;
  private final ReportReaders reader;
  private final OperationTimer times;

  public ReportVerticle(
      ReportIngestor<EventReport, ?> events,
      ReportIngestor<ErrorReport, ?> errors,
      ReportIngestor<PaymentReport, ?> payments,
      OperationIngestor operations,
      PoolReportIngestor connections,
      ReportReaders reader,
      OperationTimer times) {
    this.events = events;
    this.errors = errors;
    this.payments = payments;
    this.operations = operations;
    this.connections = connections;
    this.counts = operations.counts();
    this.reader = reader;
    this.times = times;
  }

  @Override
  public Future<?> start() {
    return Future.all(
        take(Addresses.OBSERVATIONS, Operation.BUS_OBSERVATIONS, this::observe),
        take(Addresses.RECORD, Operation.BUS_PAYMENTS_RECORD, this::recordPayments));
  }

  private Future<Void> take(
      String address, Operation operation, Function<Object, Future<JsonObject>> taking) {
    return vertx
        .eventBus()
        .<Object>consumer(address, message -> take(message, operation, taking))
        .completion();
  }

  private void take(
      Message<Object> message, Operation operation, Function<Object, Future<JsonObject>> taking) {
    String requestId = message.headers().get(Addresses.REQUEST_ID);
    LogFields.set(
        requestId == null || !RequestIdPolicy.isDecent(requestId)
            ? Map.of()
            : Map.of(Addresses.REQUEST_ID, requestId));
    times
        .timed(operation, () -> Futures.attempt(() -> taking.apply(message.body())))
        .onSuccess(message::reply)
        .onFailure(failure -> refuse(message, failure));
  }

  private Future<JsonObject> observe(Object body) {
    Optional<OperationReport> batch =
        body instanceof Buffer bytes ? stream(bytes) : Optional.empty();
    if (batch.isPresent()) {
      return operations.take(batch.get());
    }
    Object json = ReportReaders.json(body);
    return record(ReportReaders.kind(json), json);
  }

  private Future<JsonObject> recordPayments(Object body) {
    Object json = ReportReaders.json(body);
    return record(ReportReaders.kind(json, Kind.PAYMENT), json);
  }

  private Optional<OperationReport> stream(Buffer bytes) {
    try {
      return OperationStreamReader.read(bytes);
    } catch (RequestRefusedException refused) {
      counts.refused(Reported.OPERATION, 1);
      throw refused;
    }
  }

  private Future<JsonObject> record(Kind kind, @Nullable Object body) {
    JsonObject json = (JsonObject) requireNonNull(body);
    try {
      return switch (kind) {
        case EVENT -> record(json, Reported.EVENT, reader.events(), events);
        case ERROR -> record(json, Reported.ERROR, reader.errors(), errors);
        case PAYMENT -> record(json, Reported.PAYMENT, reader.payments(), payments);
        case OPERATION -> operations.take(OperationReader.read(json));
        case CONNECTIONS -> connections.take(json);
      };
    } catch (RequestRefusedException refused) {
      counted(kind).ifPresent(reported -> counts.refused(reported, 1));
      throw refused;
    }
  }

  /** What is counted one by one: connections are not, they just stand as they were told last. */
  private static Optional<Reported> counted(Kind kind) {
    return switch (kind) {
      case EVENT -> Optional.of(Reported.EVENT);
      case ERROR -> Optional.of(Reported.ERROR);
      case PAYMENT -> Optional.of(Reported.PAYMENT);
      case OPERATION -> Optional.of(Reported.OPERATION);
      case CONNECTIONS -> Optional.empty();
    };
  }

  private <R> Future<JsonObject> record(
      JsonObject json, Reported kind, ReportReader<R> reader, ReportIngestor<R, ?> reportIngestor) {
    if (!ReportReader.isBatch(json)) {
      return reportIngestor
          .record(List.of(reader.read(json)))
          .onSuccess(outcomes -> count(kind, outcomes))
          .map(outcomes -> ReportReply.of(outcomes.get(0)));
    }
    ReportReader.Batch<R> batch = reader.readBatch(json);
    counts.refused(kind, batch.faults().size());
    Future<List<ReportIngestor.Outcome>> outcomes =
        batch.reports().isEmpty()
            ? Future.succeededFuture(List.of())
            : reportIngestor.record(List.copyOf(batch.reports().values()));
    return outcomes.onSuccess(each -> count(kind, each)).map(each -> ReportReply.of(batch, each));
  }

  private void count(Reported kind, List<ReportIngestor.Outcome> outcomes) {
    counts.repeated(kind, Collections.frequency(outcomes, ReportIngestor.Outcome.DUPLICATE));
    counts.refused(kind, Collections.frequency(outcomes, ReportIngestor.Outcome.CONFLICTING));
  }

  private static void refuse(Message<Object> message, Throwable failure) {
    if (failure instanceof RequestRefusedException refused) {
      message.reply(ReportReply.of(refused));
    } else {
      log.error("A report failed with an unexpected error", failure);
      message.fail(LocalRequests.DEFECT, "internal error");
    }
  }
}
