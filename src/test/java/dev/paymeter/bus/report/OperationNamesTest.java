package dev.paymeter.bus.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OperationNamesTest {
  private static final int MOST = 10_000;

  private final OperationNames names = new OperationNames();

  private int place(String name) {
    String around = "\"" + name + "\"";
    return names.indexOf(around.toCharArray(), 1, name.length());
  }

  /** Returns distinct names with equal hashes. */
  private static String colliding(int number) {
    assertThat("c0").hasSameHashCodeAs("an");
    StringBuilder name = new StringBuilder();
    for (int bit = 1; bit < MOST; bit *= 2) {
      name.append((number & bit) == 0 ? "c0" : "an");
    }
    return name.toString();
  }

  /**
   * Regression: each name probed all earlier ones, and a batch blocked its event loop for a second.
   */
  @Test
  void indexOf_collidingNames_probesFewSlotsAndStaysDistinct() {
    List<String> all = IntStream.range(0, MOST).mapToObj(OperationNamesTest::colliding).toList();
    all.forEach(this::place);

    assertThat(names.all()).isEqualTo(all);
    assertThat(IntStream.range(0, MOST)).allMatch(number -> place(all.get(number)) == number);
    assertThat(names.overflowSize()).isEqualTo(MOST - OperationNames.MAX_PROBES);
    assertThat(place("db_query")).isEqualTo(MOST);
  }

  @Test
  void indexOf_ordinaryNames_areFoundInFewProbes() {
    List<String> all = IntStream.range(0, 300).mapToObj(number -> "operation_" + number).toList();
    all.forEach(this::place);

    assertThat(names.overflowSize()).isZero();
    assertThat(IntStream.range(0, 300)).allMatch(number -> place(all.get(number)) == number);
    assertThat(names.all()).isEqualTo(all);
  }
}
