package dev.paymeter.payment.port;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * A model check of the interleavings of a few settlements and one audit. If a settlement were in
 * progress in a closed segment, its end would fail. Regression: {@code begin} did not check again
 * that its segment was still open.
 */
public class LedgerSegmentsLincheckTest {
  private final LedgerSegments ledgerSegments = new LedgerSegments();
  private int closed;

  @Operation
  public void settle() {
    ledgerSegments.end(ledgerSegments.begin());
  }

  @Operation(nonParallelGroup = "audit")
  public void rollAndClose() {
    ledgerSegments.roll();
    closed = ledgerSegments.lastClosed(closed);
  }

  @Test
  void segments_anyInterleaving_endsOnlyInSegmentsNotClosed() {
    new ModelCheckingOptions()
        .iterations(8)
        .invocationsPerIteration(300)
        .threads(3)
        .actorsPerThread(2)
        .actorsBefore(1)
        .actorsAfter(1)
        .check(LedgerSegmentsLincheckTest.class);
  }
}
