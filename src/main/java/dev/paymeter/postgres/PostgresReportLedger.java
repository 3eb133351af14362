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
   * @param epoch the one that {@link PostgresAuditStore} opened
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

  private <E> Future<List<Recording>> write(ReportInserts<E> kind, List<E> entries) {
    return kind.write(statementExecutor, entries, ledgerIdentity)
        .compose(
            recordings ->
                recordings
                    .map(Future::succeededFuture)
                    .orElseGet(
                        () ->
                            ledgerIdentity
                                .check(statementExecutor)
                                .compose(
                                    ours ->
                                        Future.failedFuture(
                                            new IllegalStateException(
                                                "neither recorded nor known")))));
  }
}
