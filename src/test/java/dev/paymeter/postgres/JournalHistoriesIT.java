package dev.paymeter.postgres;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** The short form of {@link JournalHistoriesRun}. */
class JournalHistoriesIT {
  private static final int HISTORIES = 100;

  @Test
  void journal_randomHistories_sumsToZeroAndEqualsTheModel() throws SQLException {
    JournalHistoriesRun.run(HISTORIES, System.nanoTime());
  }
}
