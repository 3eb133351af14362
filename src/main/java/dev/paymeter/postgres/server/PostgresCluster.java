package dev.paymeter.postgres.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A database cluster, as PostgreSQL calls a directory of data, and the server on it. All methods
 * block. {@code output} is a file for the output of the programs, which a failure contains.
 *
 * @param programs those that run
 * @param processes the processes of these programs
 * @param directory of the data
 */
record PostgresCluster(PostgresPrograms programs, ServerProcesses processes, Path directory) {
  /** Recovery from the WAL takes part of it. */
  private static final Duration START_TIMEOUT = Duration.ofMinutes(10);

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

  /**
   * Creates the data, with a superuser.
   *
   * @param password file with the password, which is required from the start
   */
  void initialize(String user, Path password, Path output) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--pgdata=" + directory,
                "--username=" + user,
                "--pwfile=" + password,
                "--auth-host=scram-sha-256",
                "--auth-local=reject",
                "--encoding=UTF8",
                "--locale=C",
                // Iterations make passwords expensive to guess, and each connection slow to open.
                // This password is random, and longer than what can be guessed.
                "--set=scram_iterations=1"));
    if (System.getProperty("os.name").equals("Linux")) {
      // One flush of the file system instead of one for each of a thousand files.
      arguments.add("--sync-method=syncfs");
    }
    programs.run("initdb", arguments, output);
  }

  /** Starts the server; returns when it accepts connections. */
  void start(int port, Path output) throws IOException {
    Files.deleteIfExists(pidFile());
    String options =
        String.join(
            " -c ",
            "-p " + port,
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=300",
            "timezone=UTC",
            "log_min_messages=fatal"); // The file that contains them is not limited.
    control(output, "start", "-o", options, "-t", String.valueOf(START_TIMEOUT.toSeconds()));
  }

  /** Starts the server with the options of its last start, its port among them. */
  void restart(Path output) throws IOException {
    Files.deleteIfExists(pidFile());
    control(output, "restart", "-t", String.valueOf(START_TIMEOUT.toSeconds()));
  }

  /** Disconnects all clients, and stops the server. */
  void stop(Path output) throws IOException {
    control(output, "stop", "-m", "fast", "-t", String.valueOf(STOP_TIMEOUT.toSeconds()));
  }

  private void control(Path output, String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("-w", "-D", directory.toString()));
    programs.run("pg_ctl", all, output);
  }

  boolean isRunning() throws IOException {
    try {
      List<String> lines = Files.readAllLines(pidFile());
      return !lines.isEmpty() && processes.isRunning(Long.parseLong(lines.get(0).strip()));
    } catch (NoSuchFileException | NumberFormatException e) {
      return false;
    }
  }

  private Path pidFile() {
    return pidFile(directory);
  }

  /** Returns the file that the server of a directory writes at its start. */
  static Path pidFile(Path directory) {
    return directory.resolve("postmaster.pid");
  }
}
