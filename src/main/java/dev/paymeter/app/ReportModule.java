package dev.paymeter.app;

import dev.paymeter.app.config.Settings;
import dev.paymeter.bus.dedup.SequenceDeduplicator;
import dev.paymeter.bus.report.OperationIngestor;
import dev.paymeter.bus.report.PoolReportIngestor;
import dev.paymeter.bus.report.ReportReaders;
import dev.paymeter.bus.report.ReportVerticle;
import dev.paymeter.json.AmountRules;
import dev.paymeter.metrics.ReportedPipelineMetrics;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.service.SettlementCounter;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.EventReport;
import dev.paymeter.report.PaymentReport;
import dev.paymeter.report.RecordedPayment;
import dev.paymeter.report.ReportHandler;
import dev.paymeter.report.ReportIngestor;
import dev.paymeter.report.ReportLedger;
import dev.paymeter.report.ReportedError;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.concurrent.Semaphore;

/**
 * Reports of other services over the bus: payments, business events, errors, operations and pools.
 * The constructor blocks.
 */
final class ReportModule {
  /** Limit of reports in flight to the ledger; takes about 50 MB if all are payments. */
  private static final int MAX_IN_FLIGHT = 50_000;

  private static final Clock CLOCK = Clock.systemUTC();

  private final Scheduler scheduler;
  private final Semaphore capacity = new Semaphore(MAX_IN_FLIGHT);
  private final ReportIngestor<EventReport, BusinessEvent> events;
  private final ReportIngestor<ErrorReport, ReportedError> errors;
  private final ReportIngestor<PaymentReport, RecordedPayment> payments;
  private final OperationIngestor operations;

  /**
   * Starts to listen.
   *
   * @param currency default of reported payments
   */
  ReportModule(
      ModuleContext context,
      Deployments deployments,
      ReportLedger ledger,
      SettlementCounter settlementCounter,
      String currency) {
    this.scheduler = context.scheduler();
    ReportedPipelineMetrics metrics = context.pipeline().reports();
    Settings.PaymentRules rules = context.settings().payments();
    ExchangeRates exchangeRates = rules.exchangeRates();
    events =
        ingestor(
            settlementCounter,
            ReportHandler.ofBusinessEvents(ledger, exchangeRates, metrics, metrics::eventLabel));
    errors =
        ingestor(
            settlementCounter,
            ReportHandler.ofErrors(
                ledger, metrics, metrics::serviceLabel, metrics::errorTypeLabel));
    payments =
        ingestor(
            settlementCounter, ReportHandler.ofPayments(ledger, exchangeRates, context.pipeline()));
    operations =
        new OperationIngestor(
            deduplicator(context.vertx()), metrics, OperationIngestor.CLAIM_TIMEOUT_MILLIS);
    PoolReportIngestor pools =
        new PoolReportIngestor(
            context.vertx(), metrics, context.settings().metrics().connections(), CLOCK);
    ReportReaders readers =
        new ReportReaders(
            rules.allowedValues(), currency, new AmountRules(exchangeRates, rules.maxUsd()), CLOCK);
    BlockingFutures.await(pools.subscribe());
    deployments.deployOnEachLoop(
        () ->
            new ReportVerticle(
                events, errors, payments, operations, pools, readers, context.times()));
  }

  private <R, E> ReportIngestor<R, E> ingestor(
      SettlementCounter settlementCounter, ReportHandler<R, E> reportHandler) {
    return new ReportIngestor<>(reportHandler, scheduler, settlementCounter, capacity, CLOCK);
  }

  private static SequenceDeduplicator deduplicator(Vertx vertx) {
    SequenceDeduplicator deduplicator =
        new SequenceDeduplicator(
            vertx,
            BlockingFutures.await(vertx.sharedData().getAsyncMap(SequenceDeduplicator.MAP)),
            CLOCK);
    deduplicator.scheduleSweeps();
    return deduplicator;
  }

  /** Returns a future that completes when all accepted reports are recorded. */
  Future<?> drained() {
    return Future.all(
        events.drained(), errors.drained(), payments.drained(), operations.drained(scheduler));
  }
}
