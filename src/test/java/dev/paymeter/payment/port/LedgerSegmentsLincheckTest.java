package dev.paymeter.payment.port;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving of a few settlements and one audit, as far as a model checker gets: no
 * settlement is under way on a page that was reported closed, or else its end would fail. Broken
 * once: {@code begin} did not look again whether its page was still open.
 */
public class LedgerSegmentsLincheckTest {
  private final LedgerSegments ledgerSegments = new LedgerSegments();
  private int closed;

  @Operation
  public void settle() {
    ledgerSegments.end(ledgerSegments.begin());
  }

  @Operation(nonParallelGroup = "audit")
  public void turnAndClose() {
    ledgerSegments.turn();
    closed = ledgerSegments.closed(closed);
  }

  @Test
  void pages_anyInterleaving_endsOnlyOnOpenOrTurnedOnes() {
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
