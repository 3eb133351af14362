package dev.paymeter.report;

import java.time.Instant;
import java.util.UUID;

/**
 * An error of another service, as stored in the ledger.
 *
 * @param service the label under which its service is counted: the service, or {@code other} above
 *     the limit of labels
 * @param errorType the label under which its type is counted, likewise
 * @param recordedAt when it was recorded, to the microsecond
 * @param receipt distinguishes this record from other reports of the same error
 * @param segment the segment of the instance in which it is recorded
 */
public record ReportedError(
    ErrorReport report,
    String service,
    String errorType,
    Instant recordedAt,
    UUID receipt,
    int segment) {
  /** Returns this error in another segment. */
  public ReportedError inSegment(int other) {
    return new ReportedError(report, service, errorType, recordedAt, receipt, other);
  }
}
