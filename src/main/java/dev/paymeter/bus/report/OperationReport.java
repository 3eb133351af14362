package dev.paymeter.bus.report;

import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.report.OperationRows;
import java.util.List;
import java.util.SortedMap;

/**
 * A report of one operation or of a batch.
 *
 * @param session unique over all publishers
 * @param first sequence number of the first row
 * @param rows all rows, including invalid ones
 * @param fieldErrors errors of the invalid rows, by row
 * @param single true for one operation, false for a batch
 */
public record OperationReport(
    String session,
    long first,
    OperationRows rows,
    SortedMap<Integer, List<FieldError>> fieldErrors,
    boolean single) {}
