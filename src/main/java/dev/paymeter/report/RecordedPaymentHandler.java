package dev.paymeter.report;

import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentIds;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.report.ReportLedger.Recording;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** The handler that records and counts payments that other services have processed. */
public record RecordedPaymentHandler(
    ReportLedger ledger, ExchangeRates exchangeRates, PaymentMetrics paymentMetrics)
    implements ReportIngestor.ReportHandler<PaymentReport, RecordedPayment> {
  @Override
  public String name() {
    return "reported payments";
  }

  @Override
  public RecordedPayment toEntry(PaymentReport report, Instant now, UUID receipt, int segment) {
    ExchangeRates.Rate rate = exchangeRates.of(report.order().amount().currency());
    Instant settledAt = report.settledAt() == null ? now : report.settledAt();
    Payment payment =
        new Payment(
            PaymentIds.of(now, receipt),
            report.order(),
            rate.convert(report.order().amount()),
            rate,
            settledAt.minus(report.duration()),
            null,
            new Payment.Settlement(report.duration(), settledAt, report.error(), segment),
            new Payment.Source(report.publisher(), report.id()));
    return new RecordedPayment(report, payment, now);
  }

  @Override
  public Future<List<Recording>> commit(List<RecordedPayment> entries) {
    return ledger.recordPayments(entries);
  }

  @Override
  public void count(RecordedPayment entry) {
    paymentMetrics.settled(entry.payment());
  }
}
