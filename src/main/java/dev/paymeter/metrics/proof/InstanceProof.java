package dev.paymeter.metrics.proof;

import dev.paymeter.payment.port.LedgerCut;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The comparison of an instance's samples with its rows in the ledger.
 *
 * @param generation of the ledger, when the process of the samples started
 * @param after the rows begin after this cut
 * @param upTo the rows end with this cut
 * @param isRunning whether a process has the lease of the instance now
 * @param note what explains a difference, or limits the proof; null for nothing
 */
public record InstanceProof(
    String instanceId,
    String generation,
    LedgerCut after,
    LedgerCut upTo,
    boolean isRunning,
    List<SeriesProof> series,
    @Nullable String note) {

  /** Returns whether the samples equal the rows. */
  public boolean isEqual() {
    return series.stream().allMatch(SeriesProof::isEqual);
  }

  /**
   * The comparison of one series.
   *
   * @param sample the sample, or the last one of an increase
   * @param shown its value or increase
   * @param rows the number of the rows
   * @param ledger the value of the rows: their number or the sum of their amounts
   * @param baseline what the exposed value contains besides the rows, after a loss
   */
  public record SeriesProof(
      Sample sample, BigDecimal shown, long rows, BigDecimal ledger, BigDecimal baseline) {
    public boolean isEqual() {
      return shown.compareTo(ledger.add(baseline)) == 0;
    }
  }
}
