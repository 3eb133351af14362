package dev.paymeter.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.RequiredPrograms;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@link RecoveryRun}: a failover that loses payments. */
class RecoveryIT {
  private static final int CLIENTS = 8;
  private static final Duration LOAD = Duration.ofSeconds(2);
  private static final Duration MAX_OUTAGE = Duration.ofSeconds(60);

  @TempDir Path directory;

  @BeforeAll
  static void require() {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
  }

  /** The alert of a loss is pending for a minute, which this does not wait for. */
  @Test
  void failOver_toAStandbyThatLags_countsEachPaymentOnce() throws IOException {
    RecoveryTrial.Result result =
        new RecoveryTrial(RecoveryKind.ASYNCHRONOUS, directory, CLIENTS, LOAD, false).run();

    assertThat(result.outage()).isLessThan(MAX_OUTAGE);
  }
}
