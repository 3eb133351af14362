package dev.paymeter.report;

import dev.paymeter.report.ReportLedger.Recording;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * Errors of other services on their way into the ledger, and then to the counters.
 *
 * @param services what a service is counted as
 * @param errorTypes what a type of error is counted as
 */
public record ReportedErrorHandler(
    ReportLedger ledger,
    ReportMetrics metrics,
    UnaryOperator<String> services,
    UnaryOperator<String> errorTypes)
    implements ReportIngestor.Account<ErrorReport, ReportedError> {
  @Override
  public String name() {
    return "errors of others";
  }

  @Override
  public ReportedError entry(ErrorReport report, Instant now, UUID receipt, int page) {
    return new ReportedError(
        report,
        services.apply(report.service()),
        errorTypes.apply(report.errorType()),
        now,
        receipt,
        page);
  }

  @Override
  public Future<List<Recording>> commit(List<ReportedError> entries) {
    return ledger.recordErrors(entries);
  }

  @Override
  public void count(ReportedError entry) {
    metrics.recorded(entry);
  }
}
