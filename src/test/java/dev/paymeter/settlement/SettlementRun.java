package dev.paymeter.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A million lines within a minute and 512 MB: {@code mvn -Psettlement verify}. */
class SettlementRun {
  private static final int MILLION = 1_000_000;

  @Test
  void reconcile_aMillionLines_takesAMinute(@TempDir Path directory)
      throws IOException, InterruptedException, SQLException {
    int lines = Integer.getInteger("settlement.lines", MILLION);

    SettlementTrial.Result result = new SettlementTrial(directory, lines).run("512m");

    System.out.println(lines + " lines: " + result);
    assertThat(result.first())
        .isLessThanOrEqualTo(Duration.ofMinutes(1).multipliedBy(Math.max(1, lines / MILLION)));
  }
}
