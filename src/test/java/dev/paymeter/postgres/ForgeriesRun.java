package dev.paymeter.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Many random forgeries, each of which is detected and located, and honest runs, which raise no
 * alarm.
 *
 * <p>Not part of the build: {@code mvn -Pforgeries verify}, with {@code -Dforgeries.count=1000} for
 * another number, {@code -Dforgeries.honest-runs=100} and {@code -Dforgeries.seed=4711}.
 */
class ForgeriesRun {
  /** Before another ledger is generated. */
  private static final int FORGERIES_PER_LEDGER = 450;

  private static final int STEPS_PER_RUN = 10;

  private final long seed = number("forgeries.seed", new Random().nextLong());

  private static long number(String property, long defaultValue) {
    String value = System.getProperty(property, "");
    return value.isEmpty() ? defaultValue : Long.parseLong(value);
  }

  @Test
  void verify_forgeries_areDetectedAndLocated() throws SQLException {
    long count = number("forgeries.count", 10_000);
    Map<Forgeries.Kind, Integer> detected = new TreeMap<>();
    for (long done = 0; done < count; done += FORGERIES_PER_LEDGER) {
      int next = (int) Math.min(FORGERIES_PER_LEDGER, count - done);
      new Forgeries(seed + done)
          .forge(next)
          .forEach((kind, number) -> detected.merge(kind, number, Integer::sum));
    }
    System.out.printf("forgeries with seed %d, all detected: %s%n", seed, detected);
    assertThat(detected.values().stream().mapToLong(Integer::intValue).sum()).isEqualTo(count);
  }

  @Test
  void verify_honestWork_raisesNoAlarm() throws SQLException {
    long runs = number("forgeries.honest-runs", 1_000);
    List<String> done = new ArrayList<>();
    for (long run = 0; run < runs; run++) {
      done.addAll(new Forgeries(seed + run).runHonestly(STEPS_PER_RUN));
    }
    System.out.printf(
        "honest runs with seed %d: %d of %d steps, no alarm%n", seed, runs, done.size());
    assertThat(done).hasSize((int) runs * STEPS_PER_RUN);
  }
}
