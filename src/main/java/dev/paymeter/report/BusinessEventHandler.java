package dev.paymeter.report;

import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.report.ReportLedger.Recording;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * The handler that records and counts business events.
 *
 * @param labels maps an event to the label under which it is counted
 */
public record BusinessEventHandler(
    ReportLedger ledger,
    ExchangeRates exchangeRates,
    ReportMetrics metrics,
    UnaryOperator<String> labels)
    implements ReportIngestor.ReportHandler<EventReport, BusinessEvent> {
  @Override
  public String name() {
    return "business events";
  }

  @Override
  public BusinessEvent toEntry(EventReport report, Instant now, UUID receipt, int segment) {
    ExchangeRates.Rate rate = exchangeRates.of(report.amount().currency());
    return new BusinessEvent(
        report,
        labels.apply(report.event()),
        rate.convert(report.amount()),
        rate,
        now,
        receipt,
        segment);
  }

  @Override
  public Future<List<Recording>> commit(List<BusinessEvent> entries) {
    return ledger.record(entries);
  }

  @Override
  public void count(BusinessEvent entry) {
    metrics.recorded(entry);
  }
}
