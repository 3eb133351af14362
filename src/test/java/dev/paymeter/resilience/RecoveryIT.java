package dev.paymeter.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.RequiredPrograms;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The short form of {@link RecoveryRun}. */
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
  @ParameterizedTest
  @EnumSource
  void recover_anyLoss_countsEachPaymentOnce(RecoveryKind kind) throws IOException {
    RecoveryTrial.Result result = new RecoveryTrial(kind, directory, CLIENTS, LOAD, false).run();

    assertThat(result.outage()).isLessThan(MAX_OUTAGE);
  }
}
