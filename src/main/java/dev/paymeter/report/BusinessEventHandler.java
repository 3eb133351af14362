package dev.paymeter.report;

import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.report.ReportLedger.Recording;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * Business events on their way into the ledger, and then to the counters.
 *
 * @param labels what an event is counted as
 */
public record BusinessEventHandler(
    ReportLedger ledger,
    ExchangeRates exchangeRates,
    ReportMetrics metrics,
    UnaryOperator<String> labels)
    implements ReportIngestor.Account<EventReport, BusinessEvent> {
  @Override
  public String name() {
    return "business events";
  }

  @Override
  public BusinessEvent entry(EventReport report, Instant now, UUID receipt, int page) {
    ExchangeRates.Rate rate = exchangeRates.of(report.amount().currency());
    return new BusinessEvent(
        report,
        labels.apply(report.event()),
        rate.convert(report.amount()),
        rate,
        now,
        receipt,
        page);
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
