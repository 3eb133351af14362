package dev.paymeter.postgres.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.ledger.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresServerIT {
  @TempDir Path home;

  @Test
  void start_orphanedInitdb_isStoppedFirst() throws IOException {
    Path initdb = Files.createDirectories(home.resolve("binaries").resolve("bin"));
    initdb = Files.copy(Path.of("/bin/sleep").toRealPath(), initdb.resolve("initdb"));
    Process orphan = new ProcessBuilder(initdb.toString(), "600").start();

    try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(home)) {
      assertThat(orphan.isAlive()).isFalse();
      assertThat(TestPostgres.query(server.url(), "select 1")).hasSize(1);
    } finally {
      orphan.destroyForcibly();
    }
  }
}
