package dev.paymeter.postgres;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** Thousands of random histories: {@code mvn -Pjournal verify}. */
class JournalHistoriesRun {
  @Test
  void journal_randomHistories_sumsToZeroAndEqualsTheModel() throws SQLException {
    run(
        Integer.getInteger("journal.histories", 10_000),
        Long.getLong("journal.seed", System.nanoTime()));
  }

  /** The seed is in the message of a failure, and repeats it. */
  static void run(int histories, long seed) throws SQLException {
    try (JournalHistories all = new JournalHistories(seed)) {
      assertThatCode(() -> System.out.println("seed " + seed + ": " + all.run(histories)))
          .as("seed %d", seed)
          .doesNotThrowAnyException();
    }
  }
}
