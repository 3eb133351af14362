package dev.paymeter.benchmark;

import dev.paymeter.metrics.MetricsBenchmarks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * Runs the benchmarks and compares the results with the targets. Arguments: {@code quick} or {@code
 * full}, and {@code all} or some of the parts, separated by commas.
 */
public final class Benchmarks {
  private final List<Comparison> comparisons = new ArrayList<>();
  private final String selection;

  private Benchmarks(String selection) {
    this.selection = selection;
  }

  public static void main(String[] arguments) throws Exception {
    MeasurementPlan measurementPlan = MeasurementPlan.of(arguments[0]);
    MetricsBenchmarks metrics = new MetricsBenchmarks(measurementPlan);
    Map<String, Callable<List<Comparison>>> parts = new LinkedHashMap<>();
    parts.put("recording", metrics::recording);
    parts.put("applying", metrics::applying);
    parts.put("rendering", metrics::rendering);
    parts.put("service", () -> ServiceBenchmarks.throughput(measurementPlan));
    parts.put("payments", () -> PaymentBenchmarks.payments(measurementPlan));
    parts.put("connections", () -> ConnectionBenchmarks.requests(measurementPlan));
    parts.put("delay", () -> ServiceBenchmarks.delay(measurementPlan));
    parts.put("bus", () -> BusBenchmarks.operations(measurementPlan));
    parts.put("business", () -> BusinessBenchmarks.events(measurementPlan));
    parts.put("console", () -> ConsoleBenchmarks.views(measurementPlan));
    parts.put("look-back", LookBackBenchmarks::measure);
    Benchmarks run = new Benchmarks(arguments[1]);
    run.measure(parts);
    run.report(arguments[0]);
  }

  private void measure(Map<String, Callable<List<Comparison>>> parts) throws Exception {
    Set<String> selected =
        selection.equals("all") ? parts.keySet() : Set.of(selection.split(",", -1));
    if (!parts.keySet().containsAll(selected)) {
      throw new IllegalArgumentException(
          "bench.parts: expected all, or some of %s, found %s"
              .formatted(parts.keySet(), selection));
    }
    parts.keySet().retainAll(selected);
    for (Map.Entry<String, Callable<List<Comparison>>> part : parts.entrySet()) {
      System.err.println("Measuring: " + part.getKey());
      List<Comparison> measured = part.getValue().call();
      comparisons.addAll(measured);
      measured.forEach(comparison -> System.err.println(comparison.row()));
    }
  }

  private void report(String setting) throws IOException {
    StringBuilder report = new StringBuilder();
    report
        .append(
            "%s, %s %s, %s, setting %s\n\n"
                .formatted(
                    LocalDate.now(ZoneId.systemDefault()),
                    System.getProperty("java.vm.name"),
                    Runtime.version(),
                    machine(),
                    setting))
        .append(Comparison.header())
        .append('\n');
    comparisons.forEach(comparison -> report.append(comparison.row()).append('\n'));
    System.out.println(report);
    Path file =
        Path.of("target", "benchmarks-%d-%s.md".formatted(Runtime.version().feature(), selection));
    Files.createDirectories(file.getParent());
    Files.writeString(file, report);
  }

  private static String machine() throws IOException {
    Path cpus = Path.of("/proc/cpuinfo");
    String model =
        Files.exists(cpus)
            ? Files.readAllLines(cpus).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("?")
            : System.getProperty("os.arch");
    return "%d × %s".formatted(Runtime.getRuntime().availableProcessors(), model);
  }
}
