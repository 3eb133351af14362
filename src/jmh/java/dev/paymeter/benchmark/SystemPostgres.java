package dev.paymeter.benchmark;

import dev.paymeter.support.Directories;
import dev.paymeter.support.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A server of the machine's PostgreSQL installation, with its defaults: durable, in a new
 * directory.
 */
final class SystemPostgres implements AutoCloseable {
  private final Path home;
  private final int port;
  private final String password;

  private SystemPostgres(Path home, int port, String password) {
    this.home = home;
    this.port = port;
    this.password = password;
  }

  /** Starts a server with additional options of the program {@code postgres}. */
  static SystemPostgres start(String... options) throws IOException, InterruptedException {
    Path home = Files.createTempDirectory("postgres");
    SystemPostgres server =
        new SystemPostgres(home, TestServer.freePort(), UUID.randomUUID().toString());
    Path password = Files.writeString(home.resolve("password"), server.password);
    server.run(
        "initdb",
        "--username=postgres",
        "--auth=scram-sha-256",
        "--pwfile=" + password,
        "--locale=C",
        "--encoding=UTF8");
    server.run(
        "pg_ctl",
        "--wait",
        "--log=" + home.resolve("log"),
        "--options=-p "
            + server.port
            + " -c listen_addresses=127.0.0.1"
            + " -c unix_socket_directories= "
            + String.join(" ", options),
        "start");
    return server;
  }

  private void run(String program, String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("unshare", "--user")); // The programs refuse to run as root.
    }
    command.addAll(
        List.of(PgBench.program(program).toString(), "--pgdata=" + home.resolve("data")));
    command.addAll(List.of(options));
    Path output = home.resolve("output");
    int code =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start()
            .waitFor();
    if (code != 0) {
      throw new IOException(program + " exited with " + code + ": " + Files.readString(output));
    }
  }

  String url() {
    return "postgresql://postgres:" + password + "@127.0.0.1:" + port + "/postgres";
  }

  @Override
  public void close() throws IOException {
    try {
      run("pg_ctl", "--wait", "--mode=fast", "stop");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Directories.delete(home);
  }
}
