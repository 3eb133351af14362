package dev.paymeter.report;

import java.time.Instant;
import java.util.UUID;

/**
 * One error of another service, as it stands in the ledger.
 *
 * @param service what its service is counted as: itself, or {@code other} where there are too many
 * @param errorType the same of its type
 * @param recordedAt to the microsecond
 * @param receipt tells this writing from another report of the same error
 * @param page the page of the instance's books that it is written on
 */
public record ReportedError(
    ErrorReport report,
    String service,
    String errorType,
    Instant recordedAt,
    UUID receipt,
    int page) {}
