package dev.paymeter.support.ledger;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.postgres.server.EmbeddedPostgresServer;
import dev.paymeter.support.Directories;
import dev.paymeter.support.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A PostgreSQL server of a test on a fixed port, which can be killed, copied and restored. It runs
 * the programs that Paymeter embeds.
 */
public final class PostgresProcess implements AutoCloseable {
  /** The user of all servers. */
  static final String LOGIN = "postgres:" + PostgresTemplate.password();

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

  /** Files of a data directory that belong to its running server. */
  private static final Set<String> OF_PROCESS =
      Set.of("postmaster.pid", "postmaster.opts", "pg_internal.init");

  private final Path home;
  private final int port = TestServer.freePort();
  private Process process;

  private PostgresProcess(Path home) {
    this.home = home;
  }

  /**
   * Returns a server without data, which does not run.
   *
   * @param home for its data and log; has to be empty
   */
  static PostgresProcess in(Path home) {
    return new PostgresProcess(home);
  }

  /** Creates the data of a new server, with an empty database. */
  void initialize() {
    PostgresTemplate.copyDataTo(data());
  }

  /** Starts the server, and returns when it accepts connections. */
  void start() {
    List<String> command = command();
    command.addAll(
        List.of(
            "-D",
            data().toString(),
            "-p",
            String.valueOf(port),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-c",
            "max_wal_senders=4",
            "-c",
            "wal_keep_size=256MB",
            "-c",
            "shared_buffers=64MB",
            "-c",
            "timezone=UTC"));
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
              .start();
      eventually(() -> assertThat(query("select 1")).isEqualTo("1"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (AssertionError notStarted) {
      throw new AssertionError(read(log()), notStarted);
    }
  }

  private static List<String> command() {
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("unshare", "--user")); // It refuses to run as root.
    }
    command.add(PostgresTemplate.programs().resolve("postgres").toString());
    return command;
  }

  /** Kills all its processes at once, as the end of its machine would. */
  public void kill() {
    TestServer.signal(process, "STOP"); // It starts no more processes.
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(each -> each.onExit().orTimeout(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS).join());
  }

  /** Ends all connections and stops the server in order. */
  void stop() {
    TestServer.signal(process, "INT");
    try {
      assertThat(process.waitFor(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean isRunning() {
    return process != null && process.isAlive();
  }

  /**
   * Copies the data of the running server: a base backup, with the log that it needs.
   *
   * @param target has to be empty
   */
  void backUp(Path target) {
    try (Connection connection = TestPostgres.connect(url("postgres"));
        Statement statement = connection.createStatement()) {
      statement.execute("select pg_backup_start('test', true)");
      copy(data(), target, Path.of("pg_wal"));
      String label;
      try (ResultSet end =
          statement.executeQuery(
              "select labelfile from pg_backup_stop(wait_for_archive => false)")) {
        end.next();
        label = end.getString(1);
      }
      copy(data().resolve("pg_wal"), target.resolve("pg_wal"), Path.of("archive_status"));
      Files.createDirectories(target.resolve("pg_wal/archive_status"));
      Files.writeString(target.resolve("backup_label"), label);
      Files.deleteIfExists(target.resolve("standby.signal"));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes the data of the stopped server. */
  void deleteData() {
    try {
      Directories.delete(data());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Replaces the data of the stopped server. */
  void restore(Path backup) {
    deleteData();
    try {
      copy(backup, data(), Path.of("none"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes an empty file that determines how the server starts, such as standby.signal. */
  void mark(String name) {
    write(name, "");
  }

  /** Adds lines to the settings of the server, which take effect when it starts. */
  void set(String... settings) {
    try {
      Files.write(
          data().resolve("postgresql.auto.conf"),
          List.of(settings),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String name, String text) {
    try {
      Files.writeString(data().resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Changes a setting of the running server. */
  void alter(String setting) {
    TestPostgres.execute(url("postgres"), "alter system set " + setting);
    TestPostgres.execute(url("postgres"), "select pg_reload_conf()");
  }

  /** Returns the first column of the first row. */
  String query(String sql) {
    return TestPostgres.query(url("postgres"), sql).get(0).get(0);
  }

  public String url() {
    return url(EmbeddedPostgresServer.DATABASE);
  }

  String url(String database) {
    return "postgresql://" + LOGIN + "@" + address() + "/" + database;
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  int port() {
    return port;
  }

  Path data() {
    return home.resolve("data");
  }

  private Path log() {
    return home.resolve("log");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Path from, Path to, Path omitted) throws IOException {
    Directories.copy(
        from,
        to,
        file -> !file.equals(omitted) && !OF_PROCESS.contains(String.valueOf(file.getFileName())));
  }

  @Override
  public void close() {
    if (isRunning()) {
      kill();
    }
  }
}
