package dev.paymeter.postgres;

import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.RecordedPayment;
import dev.paymeter.report.ReportLedger;
import dev.paymeter.report.ReportedError;
import io.vertx.core.Future;
import java.util.List;

/** The report ledger in PostgreSQL. Safe from any thread; results come on the caller's context. */
public final class PostgresReportLedger implements ReportLedger {
  private final Statements statements;
  private final Identity identity;

  /**
   * @param instanceId the identity under which reports are recorded
   * @param epoch the one that {@link PostgresBooks} opened
   */
  public PostgresReportLedger(Statements statements, String instanceId, int epoch) {
    this.statements = statements;
    this.identity = new Identity(instanceId, epoch);
  }

  @Override
  public Future<List<Recording>> record(List<BusinessEvent> events) {
    return write(Entries.EVENTS, events);
  }

  @Override
  public Future<List<Recording>> recordErrors(List<ReportedError> errors) {
    return write(Entries.ERRORS, errors);
  }

  @Override
  public Future<List<Recording>> recordPayments(List<RecordedPayment> payments) {
    return write(Entries.PAYMENTS, payments);
  }

  private <E> Future<List<Recording>> write(Entries<E> kind, List<E> entries) {
    return kind.write(statements, entries, identity)
        .compose(
            recordings ->
                recordings
                    .map(Future::succeededFuture)
                    .orElseGet(
                        () ->
                            identity
                                .check(statements)
                                .compose(
                                    ours ->
                                        Future.failedFuture(
                                            new IllegalStateException(
                                                "neither recorded nor known")))));
  }
}
