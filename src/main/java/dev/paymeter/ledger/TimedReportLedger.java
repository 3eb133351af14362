package dev.paymeter.ledger;

import dev.paymeter.payments.BusinessEvent;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.OperationTimes;
import dev.paymeter.payments.RecordedPayment;
import dev.paymeter.payments.ReportLedger;
import dev.paymeter.payments.ReportedError;
import io.vertx.core.Future;
import java.util.List;

/** Decorates a report ledger: times each of its operations. */
public record TimedReportLedger(ReportLedger reports, OperationTimes times)
    implements ReportLedger {
  @Override
  public Future<List<Recording>> record(List<BusinessEvent> events) {
    return times.timed(Operation.LEDGER_RECORD, () -> reports.record(events));
  }

  @Override
  public Future<List<Recording>> recordErrors(List<ReportedError> errors) {
    return times.timed(Operation.LEDGER_RECORD, () -> reports.recordErrors(errors));
  }

  @Override
  public Future<List<Recording>> recordPayments(List<RecordedPayment> payments) {
    return times.timed(Operation.LEDGER_RECORD, () -> reports.recordPayments(payments));
  }
}
