package dev.paymeter;

import dev.paymeter.bus.Claims;
import dev.paymeter.bus.ConnectionsIntake;
import dev.paymeter.bus.ObservationReader;
import dev.paymeter.bus.ObservationVerticle;
import dev.paymeter.bus.OperationIntake;
import dev.paymeter.metrics.ObservationPipeline;
import dev.paymeter.payments.BusinessEvent;
import dev.paymeter.payments.BusinessEvents;
import dev.paymeter.payments.ErrorReport;
import dev.paymeter.payments.EventReport;
import dev.paymeter.payments.OperationTimes;
import dev.paymeter.payments.Pages;
import dev.paymeter.payments.Pauses;
import dev.paymeter.payments.PaymentReport;
import dev.paymeter.payments.RecordedPayment;
import dev.paymeter.payments.RecordedPayments;
import dev.paymeter.payments.Recorder;
import dev.paymeter.payments.ReportLedger;
import dev.paymeter.payments.ReportedError;
import dev.paymeter.payments.ReportedErrors;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.concurrent.Semaphore;

/**
 * What others report, over the bus: payments of theirs, business events, errors, operations and
 * connections. Made and started by a thread that may block.
 */
final class ObservationsRuntime {
  /** Of others, on their way into the ledger at once: some 50 MB where each is a payment. */
  private static final int MOST_REPORTS = 50_000;

  private final Vertx vertx;
  private final Pauses pauses;
  private final Recorder<EventReport, BusinessEvent> events;
  private final Recorder<ErrorReport, ReportedError> errors;
  private final Recorder<PaymentReport, RecordedPayment> payments;
  private final OperationIntake operations;
  private final ConnectionsIntake connections;
  private final ObservationReader reader;

  /**
   * @param currency what an observed payment is in where it does not say
   */
  ObservationsRuntime(
      Settings settings,
      Vertx vertx,
      ObservationPipeline pipeline,
      Pages pages,
      Pauses pauses,
      ReportLedger ledger,
      String currency) {
    this.vertx = vertx;
    this.pauses = pauses;
    Settings.PaymentRules rules = settings.payments();
    Clock clock = Clock.systemUTC();
    Semaphore capacity = new Semaphore(MOST_REPORTS);
    events =
        new Recorder<>(
            new BusinessEvents(ledger, rules.rates(), pipeline, pipeline::eventLabel),
            pauses,
            pages,
            capacity,
            clock);
    errors =
        new Recorder<>(
            new ReportedErrors(ledger, pipeline, pipeline::serviceLabel, pipeline::errorTypeLabel),
            pauses,
            pages,
            capacity,
            clock);
    payments =
        new Recorder<>(
            new RecordedPayments(ledger, rules.rates(), pipeline), pauses, pages, capacity, clock);
    operations = new OperationIntake(claims(), pipeline, OperationIntake.LONGEST_CLAIM_MILLIS);
    connections = new ConnectionsIntake(vertx, pipeline, settings.metrics().connections(), clock);
    reader = new ObservationReader(rules.choices(), currency, rules.rates(), rules.maxUsd(), clock);
  }

  private Claims claims() {
    Claims claims =
        new Claims(
            vertx, Blocking.await(vertx.sharedData().getAsyncMap(Claims.MAP)), Clock.systemUTC());
    claims.keepSwept();
    return claims;
  }

  /** Listens from here on. */
  void start(Deployments deployments, OperationTimes times) {
    Blocking.await(connections.listen());
    deployments.deployOnEachLoop(
        () ->
            new ObservationVerticle(
                events, errors, payments, operations, connections, reader, times));
  }

  /** Completes when what was taken is done. */
  Future<?> drained() {
    return Future.all(
        events.drained(), errors.drained(), payments.drained(), operations.drained(pauses));
  }
}
