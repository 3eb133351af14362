package dev.paymeter.resilience;

import dev.paymeter.support.RequiredPrograms;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The short form of {@link CrashesRun}: a crash at each step of a payment, and a random schedule.
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

  @Test
  void randomSchedule_allRecordsAgree() throws Exception {
    new CrashTrial(CrashSchedule.random(11), PAUSE, directory).run();
  }
}
