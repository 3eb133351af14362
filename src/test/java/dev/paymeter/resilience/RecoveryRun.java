package dev.paymeter.resilience;

import dev.paymeter.support.RequiredPrograms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Failovers of the ledger's PostgreSQL to a synchronous standby under load, each with new servers.
 * After each, all records are compared.
 *
 * <p>Not part of the build: {@code mvn -Precovery verify}, with {@code -Drecovery.synchronous=2}
 * for fewer.
 */
class RecoveryRun {
  private static final int CLIENTS = 24;
  private static final Duration LOAD = Duration.ofSeconds(20);

  @TempDir Path directory;

  @Test
  void manyFailovers_allSidesAgree() throws IOException {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
    int count = Integer.parseInt(System.getProperty("recovery.synchronous"));
    for (int round = 1; round <= count; round++) {
      RecoveryTrial.Result result =
          new RecoveryTrial(Files.createDirectory(directory.resolve("run-" + round)), CLIENTS, LOAD)
              .run();
      System.out.printf(
          "recovery: synchronous failover %d of %d: %d payments, %.0f per second, outage %.1f s%n",
          round, count, result.settled(), result.perSecond(), result.outage().toMillis() / 1e3);
    }
  }
}
