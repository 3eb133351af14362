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

/** A process beside this one, with the same classes. */
final class OtherJvm implements AutoCloseable {
  /** The name of the cluster in which they all are. */
  static final String CLUSTER = "benchmark";

  private static final Pattern SERVICE_READY = Pattern.compile("metrics on (http://[^,]+),");
  private static final Duration LONGEST_EXIT = Duration.ofSeconds(30);

  private static final Map<String, String> EVERY_SERVICE =
      Map.of(
          "http.port", "0",
          "management.port", "0",
          "instance.id", "benchmark",
          "shutdown.grace", "0s",
          "shutdown.last-scrape-timeout", "0s");

  private final Process process;
  private final String found;

  private OtherJvm(Process process, String found) {
    this.process = process;
    this.found = found;
  }

  /**
   * The service as a member of the cluster; what it says of itself is where its metrics are.
   *
   * @param member its own address, by which others find it
   * @param settings keys and values, beside those that every benchmark needs
   */
  static OtherJvm service(String member, Map<String, String> settings) throws IOException {
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
   * The service, by settings that every benchmark needs and its own.
   *
   * @param wanted what it is to say when it is ready
   */
  static OtherJvm service(Map<String, String> usual, Map<String, String> own, Pattern wanted)
      throws IOException {
    Map<String, String> environment = new HashMap<>();
    Stream.of(EVERY_SERVICE, usual, own)
        .forEach(
            settings ->
                settings.forEach(
                    (key, value) -> environment.put(ConfigSource.variable(key), value)));
    return start(List.of(Main.class.getName(), "serve"), environment, wanted);
  }

  /**
   * Returns when it has said what was waited for.
   *
   * @param arguments a class with a main method, and its arguments
   */
  static OtherJvm start(List<String> arguments, Map<String, String> environment, Pattern wanted)
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
    return new OtherJvm(process, await(process, wanted));
  }

  /** The last group of the first line that has it; what comes after it is read, and not kept. */
  private static String await(Process process, Pattern wanted) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Matcher found = wanted.matcher(line);
      if (found.find()) {
        readOn(process);
        return found.group(found.groupCount());
      }
      System.err.println(line);
    }
    throw new IOException("it ended before it was ready");
  }

  /** So that it never waits for somebody to read what it logs. */
  private static void readOn(Process process) {
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

  /** What it said when it was ready. */
  String found() {
    return found;
  }

  /** What it has used until now, all its threads. */
  Duration cpu() {
    return cpu(process.toHandle());
  }

  static Duration cpu(ProcessHandle process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  @Override
  public void close() {
    TestServer.end(process, LONGEST_EXIT);
  }
}
