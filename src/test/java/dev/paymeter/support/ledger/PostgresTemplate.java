package dev.paymeter.support.ledger;

import static java.nio.file.StandardOpenOption.APPEND;

import dev.paymeter.postgres.server.Database;
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
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * The directory of an embedded PostgreSQL after its first start, which unpacks the programs, runs
 * initdb and creates the schema: several seconds of CPU time. It is created once for the programs
 * and migrations of a build; tests that do not examine the first start use copies of it.
 */
public final class PostgresTemplate {
  private static final Path TARGET = Path.of("target").toAbsolutePath();
  private static final String PROGRAMS = "binaries";
  private static final String DATA = "cluster";

  /**
   * Settings that save processes which the tests do not need. Autovacuum starts one for each
   * database, of which the tests create hundreds.
   */
  private static final List<String> SETTINGS =
      List.of("autovacuum = off", "io_method = sync", "max_logical_replication_workers = 0");

  private static final Path CLASSES = TARGET.resolve("classes");

  /** A checksum of the migrations and of the programs, which may change between two builds. */
  static final String CHECKSUM = checksum();

  private static final Path HOME = create();

  private PostgresTemplate() {}

  /**
   * Makes the next start in a directory one of an existing server, with a ledger without payments.
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

  /** Copies the data only, which contains {@link EmbeddedPostgresServer#DATABASE}. */
  static void copyDataTo(Path data) {
    try {
      Directories.copy(HOME.resolve(DATA), data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the password of the user {@code postgres}. */
  static String password() {
    try {
      return Files.readString(HOME.resolve("password")).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the directory of the programs. */
  static Path programs() {
    try (Stream<Path> versions = Files.list(HOME.resolve(PROGRAMS))) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(Files::isDirectory)
          .findFirst()
          .orElseThrow();
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
    Path home = TARGET.resolve("postgres-template-" + CHECKSUM);
    try {
      create(home);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return home;
  }

  private static void create(Path home) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                TARGET.resolve("postgres-template.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) { // Another JVM may create it.
      if (lock.isValid() && !Files.exists(home)) {
        Path draft = Files.createTempDirectory(TARGET, "postgres");
        try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(draft)) {
          Database.at(server.url()).migrate();
        }
        Files.write(draft.resolve(DATA).resolve("postgresql.auto.conf"), SETTINGS, APPEND);
        Files.move(draft, home, StandardCopyOption.ATOMIC_MOVE);
      }
    }
  }

  private static String checksum() {
    CRC32 checksum = new CRC32();
    try (Stream<Path> migrations = Files.list(CLASSES.resolve("db/migration"))) {
      for (Path file : migrations.sorted().toList()) {
        checksum.update(Files.readAllBytes(file));
      }
      Path programs = CLASSES.resolve("dev/paymeter/postgres/server/postgres.zip");
      checksum.update(Files.readAllBytes(programs));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Long.toHexString(checksum.getValue());
  }
}
