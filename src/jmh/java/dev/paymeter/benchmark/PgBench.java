package dev.paymeter.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paymeter.support.Directories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * PostgreSQL's load generator, as the reference for the service.
 *
 * @param url of the database
 * @param script its transaction
 * @param more additional options
 */
record PgBench(String url, Path script, int clients, List<String> more) {
  private static final Pattern TPS = Pattern.compile("tps = ([0-9.]+) \\(without");
  private static final int THREADS = 2;

  /** Returns the transactions per second. */
  double perSecond(long seconds) throws IOException, InterruptedException {
    return run(seconds, List.of());
  }

  /** Returns the duration of each transaction in nanoseconds, sorted. */
  long[] nanos(long seconds) throws IOException, InterruptedException {
    Path logs = Files.createTempDirectory("pgbench");
    try {
      run(seconds, List.of("--log", "--log-prefix=" + logs.resolve("log")));
      try (Stream<Path> files = Files.list(logs)) {
        return files
            .flatMap(PgBench::lines)
            .mapToLong(line -> 1000 * Long.parseLong(line.split(" ")[2]))
            .sorted()
            .toArray();
      }
    } finally {
      Directories.delete(logs);
    }
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private double run(long seconds, List<String> logging) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                program("pgbench").toString(),
                "--no-vacuum",
                "--client=" + clients,
                "--jobs=" + THREADS,
                "--time=" + seconds,
                "--protocol=prepared",
                "--file=" + script));
    command.addAll(more);
    command.addAll(logging);
    command.add(url);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder
        .environment()
        .put("PGOPTIONS", "-c enable_seqscan=off -c jit=off"); // As in the service's connections.
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    Matcher tps = TPS.matcher(output);
    if (process.waitFor() != 0 || !tps.find()) {
      throw new IOException(output);
    }
    return Double.parseDouble(tps.group(1));
  }

  /** Finds a program in the server's directory, which is not in Debian's PATH. */
  static Path program(String name) throws IOException {
    try (Stream<Path> found =
        Files.find(Path.of("/usr"), 7, (path, of) -> isServerProgram(path, "bin/" + name))) {
      return found
          .findFirst()
          .orElseThrow(
              () -> new IOException(name + " is not installed: apt-get install postgresql"));
    }
  }

  private static boolean isServerProgram(Path path, String end) {
    return path.endsWith(end) && path.toString().contains("/postgresql/");
  }
}
