package dev.paymeter.benchmark;

import dev.paymeter.metrics.MetricsBenchmarks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Runs the benchmarks and compares the results with the targets. Arguments: {@code quick} or {@code
 * full}, and the part, or {@code all}.
 */
public final class Benchmarks {
  private final List<Comparison> comparisons = new ArrayList<>();
  private final String part;

  private Benchmarks(String part) {
    this.part = part;
  }

  public static void main(String[] arguments) throws Exception {
    MeasurementPlan measurementPlan = MeasurementPlan.of(arguments[0]);
    Benchmarks run = new Benchmarks(arguments[1]);
    MetricsBenchmarks metrics = new MetricsBenchmarks(measurementPlan);
    run.part("recording", metrics::recording);
    run.part("applying", metrics::applying);
    run.part("rendering", metrics::rendering);
    run.part("service", () -> ServiceBenchmarks.throughput(measurementPlan));
    run.part("payments", () -> PaymentBenchmarks.payments(measurementPlan));
    run.part("delay", () -> ServiceBenchmarks.delay(measurementPlan));
    run.part("bus", () -> BusBenchmarks.operations(measurementPlan));
    run.part("business", () -> BusinessBenchmarks.events(measurementPlan));
    run.part("look-back", LookBackBenchmarks::measure);
    run.report(arguments[0]);
  }

  private void part(String name, Callable<List<Comparison>> work) throws Exception {
    if (part.equals("all") || part.equals(name)) {
      System.err.println("Measuring: " + name);
      List<Comparison> measured = work.call();
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
        Path.of("target", "benchmarks-%d-%s.md".formatted(Runtime.version().feature(), part));
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
