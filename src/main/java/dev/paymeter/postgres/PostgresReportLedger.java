package dev.paymeter.postgres;

import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.RecordedPayment;
import dev.paymeter.report.ReportLedger;
import dev.paymeter.report.ReportedError;
import io.vertx.core.Future;
import java.util.List;

/** The report ledger in PostgreSQL. Safe from any thread; results come on the caller's context. */
public record PostgresReportLedger(
    StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity) implements ReportLedger {
  @Override
  public Future<List<Recording>> record(List<BusinessEvent> events) {
    return ReportInserts.EVENTS.write(statementExecutor, ledgerIdentity, events);
  }

  @Override
  public Future<List<Recording>> recordErrors(List<ReportedError> errors) {
    return ReportInserts.ERRORS.write(statementExecutor, ledgerIdentity, errors);
  }

  @Override
  public Future<List<Recording>> recordPayments(List<RecordedPayment> payments) {
    return ReportInserts.PAYMENTS.write(statementExecutor, ledgerIdentity, payments);
  }
}
