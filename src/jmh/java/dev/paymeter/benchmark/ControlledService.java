package dev.paymeter.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A {@link ServiceUnderLoad} in a process of its own, with its command channel. */
final class ControlledService implements AutoCloseable {
  private final Process process;
  private final PrintStream commands;
  private final BufferedReader answers;
  private final int api;
  private final int management;

  /**
   * @param database URL of the ledger
   * @param queue capacity of the observation queue
   * @param series number of series to add
   */
  ControlledService(String database, int queue, int series) throws IOException {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms1g",
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                ServiceUnderLoad.class.getName(),
                database,
                String.valueOf(queue),
                String.valueOf(series))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    commands = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String[] ports = answer().split(" ");
    api = Integer.parseInt(ports[0]);
    management = Integer.parseInt(ports[1]);
  }

  /** Returns the port of the payments. */
  int api() {
    return api;
  }

  /** Returns the port of the metrics. */
  int management() {
    return management;
  }

  /** Sends a command and waits for its response. */
  String send(String command) throws IOException {
    commands.println(command);
    return answer();
  }

  private String answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("the service has ended");
    }
    return line;
  }

  @Override
  public void close() throws InterruptedException {
    commands.close();
    if (process.waitFor() != 0) {
      throw new IllegalStateException("the service ended with " + process.exitValue());
    }
  }
}
