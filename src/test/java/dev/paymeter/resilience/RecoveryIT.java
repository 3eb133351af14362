package dev.paymeter.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.RequiredPrograms;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@link RecoveryRun}. */
class RecoveryIT {
  private static final int CLIENTS = 8;
  private static final Duration LOAD = Duration.ofSeconds(5);
  private static final Duration MAX_OUTAGE = Duration.ofSeconds(30);

  @TempDir Path directory;

  @BeforeAll
  static void require() {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
  }

  @Test
  void failover_synchronousStandby_losesNothing() throws IOException {
    RecoveryTrial.Result result = new RecoveryTrial(directory, CLIENTS, LOAD).run();

    assertThat(result.outage()).isLessThan(MAX_OUTAGE);
  }
}
