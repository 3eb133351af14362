package dev.paymeter.audit;

import dev.paymeter.payment.port.LedgerDifference;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.Timed;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Port: the closed segments of all instances, and their rows in the ledger. The instances share the
 * work. Fails as {@code PaymentLedger}.
 */
public interface LookBackStore {
  /**
   * Compares the ranges of segments that were not compared for the longest time with their rows.
   *
   * @param maxRows about the number of rows to read; one range may have more
   * @return the ranges that were compared, perhaps none while other instances compare
   */
  @Timed(Operation.LOOK_BACK_COMPARE)
  Future<List<Range>> compareOldest(int maxRows);

  /** Returns the state of all closed segments. */
  @Timed(Operation.LOOK_BACK_READ)
  Future<State> state();

  /** Returns the ranges that differ from their rows, the largest difference first, at most 20. */
  @Timed(Operation.LOOK_BACK_READ)
  Future<List<LedgerDifference>> differences();

  /**
   * Accepts the rows of a range instead of those that were counted.
   *
   * @param operator the operator's name, for the table of acknowledgements
   * @return the accepted values, as a text; empty if there is no such difference
   */
  Future<Optional<String>> acknowledge(LedgerDifference.Acknowledgement accepted, String operator);

  /**
   * A range of closed segments of one instance.
   *
   * @param epoch the epoch of its last segment
   * @param segment its last segment
   * @param rows the number of its rows when it was closed
   * @param difference absolute difference between the rows then and now, plus that of their amounts
   *     in US cents; at least 1 if any row has changed
   */
  record Range(String instanceId, int epoch, int segment, long rows, long difference) {}

  /**
   * The result of the latest comparisons.
   *
   * @param rows the number of all rows in closed segments
   * @param oldestComparison the time since the comparison that is longest ago; zero without ranges
   * @param different ranges whose difference is not 0, the largest first, at most 10
   * @param difference the sum of all differences, and of the rows that belong to no segment
   * @param losses that no operator has acknowledged yet
   * @param instances the instances that share the comparisons, at least 1
   */
  record State(
      long rows,
      Duration oldestComparison,
      List<Range> different,
      long difference,
      List<Loss> losses,
      int instances) {}

  /**
   * Rows that the ledger lacked when a generation began.
   *
   * @param rows payments, business events and errors of all instances
   */
  record Loss(String generation, long rows) {}
}
