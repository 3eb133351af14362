package dev.paymeter.payment.port;

import java.time.Instant;

/**
 * The difference between the rows of a range of closed segments that were counted and the rows that
 * were found in the ledger.
 *
 * @param epoch the epoch of the range's last segment
 * @param segment its last segment
 * @param cents the sum of the amounts that were counted, in US cents
 * @param foundState a hash of the rows that were found, which differs if any value differs
 * @param comparedAt the time of the latest comparison
 */
public record LedgerDifference(
    String instanceId,
    int epoch,
    int segment,
    long rows,
    long cents,
    long foundRows,
    long foundCents,
    String foundState,
    Instant comparedAt) {
  /**
   * The acceptance of a difference.
   *
   * @param epoch the epoch of the range's last segment
   * @param segment its last segment
   * @param foundState that of the accepted difference; a later one is not accepted
   */
  public record Acknowledgement(
      String instanceId, int epoch, int segment, String foundState, String reason) {}
}
