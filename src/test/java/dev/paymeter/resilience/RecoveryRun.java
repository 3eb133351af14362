package dev.paymeter.resilience;

import dev.paymeter.support.RequiredPrograms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Failovers and restores of the ledger's PostgreSQL under load, each with new servers. After each,
 * all records are compared.
 *
 * <p>Not part of the build: {@code mvn -Precovery verify}, with {@code -Drecovery.kinds=copy} for
 * some kinds, and {@code -Drecovery.copy=2} for fewer rounds.
 */
class RecoveryRun {
  private static final int CLIENTS = 24;
  private static final Duration LOAD = Duration.ofSeconds(20);

  @TempDir Path directory;

  @Test
  void manyRecoveries_allSidesAgree() throws IOException {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
    for (RecoveryKind kind : RecoveryKind.of(System.getProperty("recovery.kinds"))) {
      int rounds = Integer.parseInt(System.getProperty("recovery." + kind));
      for (int round = 1; round <= rounds; round++) {
        Path files = Files.createDirectory(directory.resolve(kind + "-" + round));
        print(kind, round, rounds, new RecoveryTrial(kind, files, CLIENTS, LOAD, true).run());
      }
    }
  }

  private static void print(RecoveryKind kind, int round, int rounds, RecoveryTrial.Result result) {
    System.out.printf(
        "recovery: %s %d of %d: %d payments, %.0f per second, %d lost with a response, %d recovered,"
            + " outage %.1f s%n",
        kind,
        round,
        rounds,
        result.settled(),
        result.perSecond(),
        result.lost(),
        result.recovered(),
        result.outage().toMillis() / 1e3);
  }
}
