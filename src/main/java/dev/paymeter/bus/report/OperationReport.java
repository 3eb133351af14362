package dev.paymeter.bus.report;

import dev.paymeter.payment.RequestRefusedException.Fault;
import dev.paymeter.report.OperationRows;
import java.util.List;
import java.util.SortedMap;

/**
 * Operations that a publisher reports, one or a batch.
 *
 * @param session unlike those of all other publishers
 * @param first the number of the first row; the others follow one by one
 * @param rows all rows, those that are wrong included
 * @param faults by row, of those that are wrong
 * @param single whether it is one operation, and no batch
 */
public record OperationReport(
    String session,
    long first,
    OperationRows rows,
    SortedMap<Integer, List<Fault>> faults,
    boolean single) {}
