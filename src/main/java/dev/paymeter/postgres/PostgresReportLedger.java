package dev.paymeter.postgres;

import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.RecordedPayment;
import dev.paymeter.report.ReportLedger;
import dev.paymeter.report.ReportedError;
import io.vertx.core.Future;
import java.util.List;

/** The report ledger in PostgreSQL. Safe from any thread; results come on the caller's context. */
public final class PostgresReportLedger implements ReportLedger {
  private final StatementExecutor statementExecutor;
  private final LedgerIdentity ledgerIdentity;

  /**
   * @param instanceId the identity under which reports are recorded
   * @param epoch the epoch of the lease that {@link PostgresAuditStore} acquired
   */
  public PostgresReportLedger(StatementExecutor statementExecutor, String instanceId, int epoch) {
    this.statementExecutor = statementExecutor;
    this.ledgerIdentity = new LedgerIdentity(instanceId, epoch);
  }

  @Override
  public Future<List<Recording>> record(List<BusinessEvent> events) {
    return write(ReportInserts.EVENTS, events);
  }

  @Override
  public Future<List<Recording>> recordErrors(List<ReportedError> errors) {
    return write(ReportInserts.ERRORS, errors);
  }

  @Override
  public Future<List<Recording>> recordPayments(List<RecordedPayment> payments) {
    return write(ReportInserts.PAYMENTS, payments);
  }

  private <E> Future<List<Recording>> write(ReportInserts<E> inserts, List<E> reports) {
    return inserts
        .write(statementExecutor, reports, ledgerIdentity)
        .compose(
            recordings ->
                recordings
                    .map(Future::succeededFuture)
                    .orElseGet(
                        () ->
                            ledgerIdentity
                                .checkHeld(statementExecutor)
                                .compose(
                                    held ->
                                        Future.failedFuture(
                                            new IllegalStateException(
                                                "reports were neither inserted nor found")))));
  }
}
