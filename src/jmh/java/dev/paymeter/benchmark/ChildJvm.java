package dev.paymeter.benchmark;

import dev.paymeter.Main;
import dev.paymeter.app.config.ConfigSource;
import dev.paymeter.support.TestServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A child process with the same class path. */
final class ChildJvm implements AutoCloseable {
  /** The name of the cluster of all processes. */
  static final String CLUSTER = "benchmark";

  private static final Pattern SERVICE_READY = Pattern.compile("metrics on (http://[^,]+),");
  private static final Duration EXIT_TIMEOUT = Duration.ofSeconds(30);

  private static final Map<String, String> COMMON_SETTINGS =
      Map.of(
          "http.port", "0",
          "management.port", "0",
          "instance.id", "benchmark",
          "shutdown.grace", "0s",
          "shutdown.last-scrape-timeout", "0s");

  private final Process process;
  private final String readyText;

  private ChildJvm(Process process, String found) {
    this.process = process;
    this.readyText = found;
  }

  /**
   * Starts the service as a member of the cluster; its ready text is the URL of its metrics.
   *
   * @param member its specific address, which other members connect to
   * @param settings keys and values, in addition to the common ones
   */
  static ChildJvm service(String member, Map<String, String> settings) throws IOException {
    return service(
        Map.of(
            "cluster.enabled",
            "true",
            "cluster.name",
            CLUSTER,
            "cluster.port",
            member.substring(member.indexOf(':') + 1),
            "cluster.bus-port",
            String.valueOf(TestServer.freePort()),
            "cluster.members",
            member,
            "log.format",
            "text"),
        settings,
        SERVICE_READY);
  }

  /**
   * Starts the service with two sets of settings, in addition to the common ones.
   *
   * @param ready the pattern of its line when it is ready
   */
  static ChildJvm service(Map<String, String> shared, Map<String, String> specific, Pattern ready)
      throws IOException {
    Map<String, String> environment = new HashMap<>();
    Stream.of(COMMON_SETTINGS, shared, specific)
        .forEach(
            settings ->
                settings.forEach(
                    (key, value) -> environment.put(ConfigSource.variable(key), value)));
    return start(List.of(Main.class.getName(), "serve"), environment, ready);
  }

  /**
   * Returns when a line matches the pattern.
   *
   * @param arguments a class with a main method, and its arguments
   */
  static ChildJvm start(List<String> arguments, Map<String, String> environment, Pattern ready)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms1g",
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path")));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    return new ChildJvm(process, await(process, ready));
  }

  /** Returns the last group of the first line that matches; later lines are discarded. */
  private static String await(Process process, Pattern ready) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Matcher found = ready.matcher(line);
      if (found.find()) {
        drain(process);
        return found.group(found.groupCount());
      }
      System.err.println(line);
    }
    throw new IOException("the process ended before it was ready");
  }

  /** Reads the remaining output, so that the process does not block on it. */
  private static void drain(Process process) {
    Thread reader =
        new Thread(
            () -> {
              try (InputStream rest = process.getInputStream()) {
                rest.transferTo(OutputStream.nullOutputStream());
              } catch (IOException ended) {
                // Closed with the process.
              }
            });
    reader.setDaemon(true);
    reader.start();
  }

  /** Returns the matched text of the ready line. */
  String readyText() {
    return readyText;
  }

  /** Returns the CPU time of all its threads until now. */
  Duration cpu() {
    return cpu(process.toHandle());
  }

  static Duration cpu(ProcessHandle process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  @Override
  public void close() {
    TestServer.terminate(process, EXIT_TIMEOUT);
  }
}
