package dev.paymeter.report;

import dev.paymeter.report.ReportLedger.Recording;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * The handler that records and counts errors of other services.
 *
 * @param services maps a service to the label under which it is counted
 * @param errorTypes maps an error type to the label under which it is counted
 */
public record ReportedErrorHandler(
    ReportLedger ledger,
    ReportMetrics metrics,
    UnaryOperator<String> services,
    UnaryOperator<String> errorTypes)
    implements ReportIngestor.ReportHandler<ErrorReport, ReportedError> {
  @Override
  public String name() {
    return "reported errors";
  }

  @Override
  public ReportedError toEntry(ErrorReport report, Instant now, UUID receipt, int segment) {
    return new ReportedError(
        report,
        services.apply(report.service()),
        errorTypes.apply(report.errorType()),
        now,
        receipt,
        segment);
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
