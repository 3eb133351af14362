package dev.paymeter.http.management;

import dev.paymeter.payment.OperatorAction;
import dev.paymeter.payment.query.StatusCounts;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The parts of the service that the console's lists and actions use besides the API's. */
public interface OperatorPorts {
  /**
   * Returns the numbers of payments in the ledger.
   *
   * @param max the highest number to count to
   */
  Future<StatusCounts> count(int max);

  /** Makes the inquiries about a payment due, and returns their number. */
  Future<Integer> inquire(UUID payment);

  /** Returns the differences between counted rows and the ledger. */
  Future<List<Difference>> differences();

  /**
   * Accepts the rows of a range as they are.
   *
   * @return the accepted values, as a text; empty if the rows have changed since the operator saw
   *     their difference, or are accepted already
   */
  Future<Optional<String>> acknowledge(Acknowledgement accepted, String operator);

  /** Commits an action to the audit trail before it is carried out, and returns its entry. */
  Future<Long> begin(OperatorAction action);

  /** Commits the outcome of an action. */
  Future<Void> end(long entry, String outcome);

  /**
   * Rows of an instance's closed segments that differ from what it counted.
   *
   * @param epoch the epoch of their last segment
   * @param segment their last segment
   * @param rows the number of counted rows
   * @param cents the sum of their amounts, in US cents
   * @param foundRows the number of rows in the ledger
   * @param foundState differs if any value of these rows differs
   * @param comparedAt the time of the latest comparison
   */
  record Difference(
      String instanceId,
      int epoch,
      int segment,
      long rows,
      long cents,
      long foundRows,
      long foundCents,
      String foundState,
      Instant comparedAt) {}

  /**
   * The acceptance of a difference.
   *
   * @param epoch the epoch of the last segment
   * @param foundState that of the difference that the operator saw
   */
  record Acknowledgement(
      String instanceId, int epoch, int segment, String foundState, String reason) {
    /** Returns the name of the range in the audit trail. */
    String subject() {
      return "instance %s, epoch %d, segment %d".formatted(instanceId, epoch, segment);
    }
  }
}
