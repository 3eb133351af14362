package dev.paymeter.payments;

/**
 * Port: what operators see of what others report, beside the events and errors themselves. Observes
 * only; never blocks, never throws. Safe from any thread.
 */
public interface Intake {
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
  boolean connections(PoolReading reading);

  /** Another instance shows this pool now. */
  void connectionsElsewhere(String database, String pool);
}
