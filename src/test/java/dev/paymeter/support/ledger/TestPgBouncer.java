package dev.paymeter.support.ledger;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A PgBouncer process in front of a database. */
public final class TestPgBouncer implements AutoCloseable {
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

  private final Path directory;
  private final URI database;
  private final int port = TestServer.freePort();
  private Process process;

  private TestPgBouncer(Path directory, URI database) {
    this.directory = directory;
    this.database = database;
  }

  /**
   * @param directory for its files; has to be empty
   * @param databaseUrl the database to connect to
   * @param settings lines for its section {@code pgbouncer}
   */
  public static TestPgBouncer start(Path directory, String databaseUrl, String... settings) {
    TestPgBouncer started = new TestPgBouncer(directory, URI.create(databaseUrl));
    try {
      started.run(settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return started;
  }

  /** Stops it, and starts it with other settings. */
  public void restart(String... settings) throws IOException {
    close();
    run(settings);
  }

  private void run(String... settings) throws IOException {
    Path program = RequiredPrograms.program("pgbouncer", "apt-get install pgbouncer");
    String[] login = database.getUserInfo().split(":", 2);
    Path users = directory.resolve("users.txt");
    Files.writeString(users, "\"%s\" \"%s\"\n".formatted(login[0], login[1]));
    List<String> lines =
        new ArrayList<>(
            List.of(
                "[databases]",
                "* = host=" + database.getHost() + " port=" + database.getPort(),
                "[pgbouncer]",
                "listen_addr = 127.0.0.1",
                "listen_port = " + port,
                "unix_socket_dir =",
                "auth_type = scram-sha-256",
                "auth_file = " + users));
    lines.addAll(List.of(settings));
    Path configuration = Files.write(directory.resolve("pgbouncer.ini"), lines);
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("unshare", "--user")); // The program refuses to run as root.
    }
    command.addAll(List.of(program.toString(), configuration.toString()));
    Path log = directory.resolve("log");
    process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    eventually(() -> assertThat(log).content().contains("process up"));
  }

  /** Returns the database's URL through PgBouncer. */
  public String url() {
    return "postgresql://" + database.getUserInfo() + "@127.0.0.1:" + port + database.getPath();
  }

  @Override
  public void close() {
    TestServer.terminate(process, STOP_TIMEOUT);
  }
}
