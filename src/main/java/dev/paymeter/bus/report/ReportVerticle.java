package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.LocalRequests;
import dev.paymeter.bus.report.ReportReaders.Kind;
import dev.paymeter.logging.LogFields;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.EventReport;
import dev.paymeter.report.PaymentReport;
import dev.paymeter.report.ReportIngestor;
import dev.paymeter.report.ReportLedger;
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

/** Handles reports of other services. Stateless; deploy one for each event loop. */
public final class ReportVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(ReportVerticle.class);

  private final ReportIngestor<EventReport, ?> events;
  private final ReportIngestor<ErrorReport, ?> errors;
  private final ReportIngestor<PaymentReport, ?> payments;
  private final OperationIngestor operations;
  private final PoolReportIngestor connections;
  private final ReportMetrics metrics;
  private final ReportReaders reader;
  private final OperationTimer timer;

  public ReportVerticle(
      ReportIngestor<EventReport, ?> events,
      ReportIngestor<ErrorReport, ?> errors,
      ReportIngestor<PaymentReport, ?> payments,
      OperationIngestor operations,
      PoolReportIngestor connections,
      ReportReaders reader,
      OperationTimer timer) {
    this.events = events;
    this.errors = errors;
    this.payments = payments;
    this.operations = operations;
    this.connections = connections;
    this.metrics = operations.metrics();
    this.reader = reader;
    this.timer = timer;
  }

  @Override
  public Future<?> start() {
    return Future.all(
        serve(Addresses.OBSERVATIONS, Operation.BUS_OBSERVATIONS, this::observe),
        serve(Addresses.RECORD, Operation.BUS_PAYMENTS_RECORD, this::recordPayments));
  }

  private Future<Void> serve(
      String address, Operation operation, Function<Object, Future<JsonObject>> work) {
    return vertx
        .eventBus()
        .<Object>consumer(address, message -> handle(message, operation, work))
        .completion();
  }

  private void handle(
      Message<Object> message, Operation operation, Function<Object, Future<JsonObject>> work) {
    String requestId = message.headers().get(Addresses.REQUEST_ID);
    LogFields.set(
        requestId == null || !RequestIdPolicy.isValid(requestId)
            ? Map.of()
            : Map.of(Addresses.REQUEST_ID, requestId));
    timer
        .timed(operation, () -> Futures.attempt(() -> work.apply(message.body())))
        .onSuccess(message::reply)
        .onFailure(failure -> replyFailure(message, failure));
  }

  private Future<JsonObject> observe(Object body) {
    Optional<OperationReport> batch =
        body instanceof Buffer bytes ? stream(bytes) : Optional.empty();
    if (batch.isPresent()) {
      return operations.ingest(batch.get());
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
    } catch (RequestRejectedException rejected) {
      metrics.rejected(Reported.OPERATION, 1);
      throw rejected;
    }
  }

  private Future<JsonObject> record(Kind kind, @Nullable Object body) {
    JsonObject json = (JsonObject) requireNonNull(body);
    try {
      return switch (kind) {
        case EVENT -> record(json, Reported.EVENT, reader.events(), events);
        case ERROR -> record(json, Reported.ERROR, reader.errors(), errors);
        case PAYMENT -> record(json, Reported.PAYMENT, reader.payments(), payments);
        case OPERATION -> operations.ingest(OperationReader.read(json));
        case CONNECTIONS -> connections.ingest(json);
      };
    } catch (RequestRejectedException rejected) {
      if (kind.reported != null) {
        metrics.rejected(kind.reported, 1);
      }
      throw rejected;
    }
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
    metrics.rejected(kind, batch.fieldErrors().size());
    Future<List<ReportLedger.Recording>> outcomes =
        batch.reports().isEmpty()
            ? Future.succeededFuture(List.of())
            : reportIngestor.record(List.copyOf(batch.reports().values()));
    return outcomes.onSuccess(each -> count(kind, each)).map(each -> ReportReply.of(batch, each));
  }

  private void count(Reported kind, List<ReportLedger.Recording> outcomes) {
    metrics.duplicated(kind, Collections.frequency(outcomes, ReportLedger.Recording.DUPLICATE));
    metrics.rejected(kind, Collections.frequency(outcomes, ReportLedger.Recording.CONFLICTING));
  }

  private static void replyFailure(Message<Object> message, Throwable failure) {
    if (failure instanceof RequestRejectedException rejected) {
      message.reply(ReportReply.of(rejected));
    } else {
      log.error("A report failed with an unexpected error", failure);
      message.fail(LocalRequests.INTERNAL_ERROR, "internal error");
    }
  }
}
