package dev.paymeter.resilience;

import dev.paymeter.support.RequiredPrograms;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The short form of {@link CrashesRun}: a crash at each step of a payment, and two random
 * schedules.
 */
class StepCrashIT {
  private static final Duration PAUSE = Duration.ofMillis(20);

  @TempDir Path directory;

  @BeforeAll
  static void require() {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
  }

  @Test
  void crashAtEachStep_allRecordsAgree() throws Exception {
    new CrashTrial(CrashSchedule.atEachStep(), PAUSE, directory).run();
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12})
  void randomSchedule_allRecordsAgree(long seed) throws Exception {
    new CrashTrial(CrashSchedule.random(seed), PAUSE, directory).run();
  }
}
