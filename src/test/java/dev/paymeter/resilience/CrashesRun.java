package dev.paymeter.resilience;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A crash at each step of a payment, of the later failure of a refund and of a dispute, and
 * hundreds of schedules of faults: crashes at these steps, unreliable gateways, a disconnected
 * database, repeated requests. After each, all records are compared.
 *
 * <p>Not part of the build: {@code mvn -Pcrashes verify}, with {@code -Dcrashes.schedules=20} for
 * fewer. To repeat a failed schedule: {@code -Dcrashes.seed=SEED -Dcrashes.schedules=1}.
 */
class CrashesRun {
  @TempDir Path directory;

  @Test
  void crashAtEachStep_allSidesAgree() throws Exception {
    System.out.println(new CrashTrial(CrashSchedule.atEachStep(), directory).run());
  }

  @Test
  void manySchedules_allSidesAgree() throws Exception {
    int count = Integer.parseInt(System.getProperty("crashes.schedules"));
    String given = System.getProperty("crashes.seed", "");
    long first =
        given.isBlank() ? new SplittableRandom().nextLong(1_000_000) : Long.parseLong(given);
    for (int i = 0; i < count; i++) {
      CrashSchedule schedule = CrashSchedule.random(first + i);
      long start = System.nanoTime();
      System.out.println("Schedule " + (i + 1) + " of " + count + ": " + schedule);
      try {
        System.out.println(
            new CrashTrial(schedule, Files.createDirectory(directory.resolve("run-" + i))).run());
      } catch (Exception | AssertionError e) {
        throw new AssertionError("-Dcrashes.seed=" + schedule.seed() + " fails", e);
      }
      System.out.println("All agree, after " + (System.nanoTime() - start) / 1_000_000_000 + " s");
    }
  }
}
