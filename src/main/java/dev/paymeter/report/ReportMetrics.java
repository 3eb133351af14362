package dev.paymeter.report;

/**
 * Port: metrics of what other services report. Observes only; never blocks, never throws. Safe from
 * any thread.
 */
public interface ReportMetrics {
  /**
   * Counts one business event: business class, like a payment. To be called once for an event,
   * after it is committed and before its publisher is answered.
   */
  void recorded(BusinessEvent event);

  /** Counts one error of another service: business class, like a business event. */
  void recorded(ReportedError error);

  /** What others report. */
  enum Reported {
    PAYMENT,
    EVENT,
    ERROR,
    OPERATION
  }

  /** Counts what was reported and made no sense: offered, and rejected. */
  void refused(Reported kind, int count);

  /** Counts what was reported before, and is not counted again. */
  void repeated(Reported kind, int count);

  /**
   * Counts numbers of a publisher's that were passed over, and those of them that came after all.
   *
   * @param missing from 0
   * @param late from 0
   */
  void gaps(long missing, long late);

  /**
   * Counts operations of another service: low-level class, sampled, shed first.
   *
   * @param ranges rows to be counted, as pairs of the first and the one after the last
   * @return how many of them there was no room for: counted as dropped, and nowhere else
   */
  int operations(OperationRows rows, int[] ranges);

  /**
   * Shows another service's connections to a database, until there is news of them.
   *
   * @return false where the pool is one of ours, which nobody else can speak for
   */
  boolean connections(PoolReport reading);

  /** Another instance shows this pool now. */
  void connectionsElsewhere(String database, String pool);
}
