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
import java.util.function.Function;
import java.util.function.ObjIntConsumer;
import java.util.function.UnaryOperator;

/**
 * The handling of one kind of reports.
 *
 * @param <R> the report
 * @param <E> the ledger's entry for a report
 * @param name the plural name of the entries, for the log
 * @param commit commits entries, with the guarantees of {@link ReportLedger}
 * @param receipt returns the id that distinguishes an entry from other reports of the same item
 * @param count counts a new, committed entry, in the segment of its row
 */
public record ReportHandler<R, E>(
    String name,
    EntryFactory<R, E> entryFactory,
    Function<List<E>, Future<List<Recording>>> commit,
    Function<E, UUID> receipt,
    ObjIntConsumer<E> count) {

  /** Creates the ledger's entries for reports. */
  public interface EntryFactory<R, E> {
    /**
     * @param receipt distinguishes this record from other reports of the same item
     */
    E create(R report, Instant now, UUID receipt, int segment);
  }

  /**
   * Returns the handler that records and counts business events.
   *
   * @param labels maps an event to the label under which it is counted
   */
  public static ReportHandler<EventReport, BusinessEvent> ofBusinessEvents(
      ReportLedger ledger,
      ExchangeRates exchangeRates,
      ReportMetrics metrics,
      UnaryOperator<String> labels) {
    return new ReportHandler<>(
        "business events",
        (report, now, receipt, segment) -> {
          ExchangeRates.Rate rate = exchangeRates.of(report.amount().currency());
          return new BusinessEvent(
              report,
              labels.apply(report.event()),
              rate.convert(report.amount()),
              rate,
              now,
              receipt,
              segment);
        },
        ledger::record,
        BusinessEvent::receipt,
        (event, segment) -> metrics.recorded(event.inSegment(segment)));
  }

  /**
   * Returns the handler that records and counts errors of other services.
   *
   * @param services maps a service to the label under which it is counted
   * @param errorTypes maps an error type to the label under which it is counted
   */
  public static ReportHandler<ErrorReport, ReportedError> ofErrors(
      ReportLedger ledger,
      ReportMetrics metrics,
      UnaryOperator<String> services,
      UnaryOperator<String> errorTypes) {
    return new ReportHandler<>(
        "reported errors",
        (report, now, receipt, segment) ->
            new ReportedError(
                report,
                services.apply(report.service()),
                errorTypes.apply(report.errorType()),
                now,
                receipt,
                segment),
        ledger::recordErrors,
        ReportedError::receipt,
        (error, segment) -> metrics.recorded(error.inSegment(segment)));
  }

  /** Returns the handler that records and counts payments that other services have processed. */
  public static ReportHandler<PaymentReport, RecordedPayment> ofPayments(
      ReportLedger ledger, ExchangeRates exchangeRates, PaymentMetrics paymentMetrics) {
    return new ReportHandler<>(
        "reported payments",
        (report, now, receipt, segment) ->
            new RecordedPayment(report, payment(report, exchangeRates, now, receipt, segment), now),
        ledger::recordPayments,
        RecordedPayment::receipt,
        (entry, segment) -> paymentMetrics.settled(entry.payment().inSegment(segment)));
  }

  private static Payment payment(
      PaymentReport report, ExchangeRates exchangeRates, Instant now, UUID receipt, int segment) {
    ExchangeRates.Rate rate = exchangeRates.of(report.order().amount().currency());
    Instant settledAt = report.settledAt() == null ? now : report.settledAt();
    return new Payment(
        PaymentIds.of(now, receipt),
        report.order(),
        rate.convert(report.order().amount()),
        rate,
        settledAt.minus(report.duration()),
        null,
        new Payment.Settlement(report.duration(), settledAt, report.error(), segment),
        new Payment.Source(report.publisher(), report.id()));
  }
}
