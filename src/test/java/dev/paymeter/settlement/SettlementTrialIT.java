package dev.paymeter.settlement;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of a hundred thousand lines, in less memory than its lines take. */
class SettlementTrialIT {
  @Test
  void reconcile_manyLines_needsLittleMemory(@TempDir Path directory)
      throws IOException, InterruptedException, SQLException {
    new SettlementTrial(directory, 100_000).run("32m");
  }
}
