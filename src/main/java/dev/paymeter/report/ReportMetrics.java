package dev.paymeter.report;

/**
 * Port: metrics of what other services report. Observes only; never blocks, never throws. Safe from
 * any thread.
 */
public interface ReportMetrics {
  /**
   * Counts one business event: a business observation, as for a payment. Called once per event,
   * after its commit and before the response to its publisher.
   */
  void recorded(BusinessEvent event);

  /** Counts one error of another service: a business observation. */
  void recorded(ReportedError error);

  /** The kind of a report. */
  enum Reported {
    PAYMENT,
    EVENT,
    ERROR,
    OPERATION
  }

  /** Counts invalid reports, as offered and rejected. */
  void rejected(Reported kind, int count);

  /** Counts repeated reports, whose content is not counted again. */
  void duplicated(Reported kind, int count);

  /**
   * Counts gaps in a publisher's sequence numbers.
   *
   * @param missing the skipped numbers, from 0
   * @param late the skipped numbers that arrived later, from 0
   */
  void gaps(long missing, long late);

  /**
   * Counts operations of another service: low-level observations, sampled, dropped first under
   * overload.
   *
   * @param ranges the rows to count, as pairs of the first row and the row after the last one
   * @return the number of rows that were dropped because the queue was full
   */
  int operations(OperationRows rows, int[] ranges);

  /**
   * Sets another service's database connections, until its next report.
   *
   * @return false if the pool is Paymeter's own, for which reports are rejected
   */
  boolean connections(PoolReport report);

  /** Removes a pool that another instance exposes now. */
  void connectionsMoved(String database, String pool);
}
