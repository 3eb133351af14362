package dev.paymeter.payment.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class LedgerCutTest {
  @Test
  void number_largest_isExactAsDouble() {
    LedgerCut largest = new LedgerCut((1 << 21) - 1, Integer.MAX_VALUE);

    assertThat(LedgerCut.of((long) (double) largest.number())).isEqualTo(largest);
  }

  @Test
  void compareTo_laterProcess_isGreater() {
    assertThat(new LedgerCut(2, 0)).isGreaterThan(new LedgerCut(1, Integer.MAX_VALUE));
    assertThat(new LedgerCut(2, 1)).isGreaterThan(new LedgerCut(2, 0));
  }

  @Test
  void of_number_isEpochAndSegment() {
    assertThat(LedgerCut.of(3L * 4_294_967_296L + 17)).isEqualTo(new LedgerCut(3, 17));
  }

  @Test
  void next_lastSegment_isInTheNextProcess() {
    assertThat(new LedgerCut(1, 4).next()).isEqualTo(new LedgerCut(1, 5));
    assertThat(new LedgerCut(1, Integer.MAX_VALUE).next()).isEqualTo(new LedgerCut(2, 0));
  }

  @Test
  void new_epochThatADoubleCannotHold_isRejected() {
    assertThatIllegalArgumentException().isThrownBy(() -> new LedgerCut(1 << 21, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new LedgerCut(1, -1));
  }
}
