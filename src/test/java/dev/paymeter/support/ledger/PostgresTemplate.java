package dev.paymeter.support.ledger;

import dev.paymeter.postgres.server.EmbeddedPostgresServer;
import dev.paymeter.support.Directories;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/**
 * The directory of an embedded PostgreSQL after its first start, which unpacks the programs and
 * runs initdb: several seconds of CPU time. It is created once per build; tests that do not examine
 * the first start use copies of it.
 */
public final class PostgresTemplate {
  private static final Path TARGET = Path.of("target").toAbsolutePath();
  private static final Path HOME = create();
  private static final String PROGRAMS = "binaries";

  private PostgresTemplate() {}

  /**
   * Makes the next start in a directory one of an existing server without data.
   *
   * @param home not changed unless it is empty or does not exist
   */
  public static void copyTo(Path home) {
    try {
      if (!Files.exists(home) || isEmpty(home)) {
        Directories.copy(HOME, home);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes the first start in a directory one that does not unpack the programs. */
  public static void copyProgramsTo(Path home) {
    try {
      Directories.copy(HOME.resolve(PROGRAMS), home.resolve(PROGRAMS));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.findAny().isEmpty();
    }
  }

  private static Path create() {
    Path home = TARGET.resolve("postgres-template");
    try (FileChannel channel =
            FileChannel.open(
                TARGET.resolve("postgres-template.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) { // Another JVM may create it.
      if (lock.isValid() && !Files.exists(home)) {
        Path draft = Files.createTempDirectory(TARGET, "postgres");
        EmbeddedPostgresServer.start(draft).close();
        Files.move(draft, home, StandardCopyOption.ATOMIC_MOVE);
      }
      return home;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
