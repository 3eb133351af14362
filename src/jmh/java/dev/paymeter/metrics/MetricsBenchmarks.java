package dev.paymeter.metrics;

import dev.paymeter.benchmark.Comparison;
import dev.paymeter.benchmark.MeasurementPlan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the JMH benchmarks in rounds, each in its own JVM, and compares within a round, so that
 * other load affects all of them equally.
 */
public final class MetricsBenchmarks {
  private static final String RECORDING = RecordingBenchmark.class.getName() + ".";
  private static final String APPLYING = ApplyingBenchmark.class.getName() + ".";
  private static final String RENDERING = RenderingBenchmark.class.getName() + ".";

  private final MeasurementPlan measurementPlan;

  public MetricsBenchmarks(MeasurementPlan measurementPlan) {
    this.measurementPlan = measurementPlan;
  }

  /** Runs the benchmarks of recording: time and allocation on the calling thread. */
  public List<Comparison> recording() throws RunnerException {
    List<Comparison> comparisons = new ArrayList<>();
    for (int threads = 1; threads <= 2; threads++) {
      Comparison builders =
          Comparison.atLeast(
              10, "recording: Micrometer builder and register, " + threads(threads), "ns/payment");
      Comparison providers =
          Comparison.atLeast(
              10, "recording: Micrometer MeterProvider, " + threads(threads), "ns/payment");
      Comparison dataPoints =
          Comparison.atLeast(
              1, "recording: client_java cached data points, " + threads(threads), "ns/payment");
      Comparison bytes =
          Comparison.atMost(
              32, "recording: allocation on the caller's thread, " + threads(threads), "B/payment");
      for (int round = 0; round < measurementPlan.rounds(); round++) {
        Map<String, RunResult> results = run(RECORDING, threads);
        double ours = nanos(results, "pipeline", RecordingBenchmark.PIPELINE_BATCH);
        builders.add(nanos(results, "builders", RecordingBenchmark.BUILDERS_BATCH), ours);
        providers.add(nanos(results, "providers", RecordingBenchmark.PROVIDERS_BATCH), ours);
        dataPoints.add(nanos(results, "dataPoints", RecordingBenchmark.DATA_POINTS_BATCH), ours);
        bytes.add(
            allocated(results.get(RECORDING + "pipeline")) / RecordingBenchmark.PIPELINE_BATCH);
      }
      comparisons.addAll(List.of(builders, providers, dataPoints, bytes));
    }
    return comparisons;
  }

  private static String threads(int count) {
    return count == 1 ? "1 thread" : count + " threads";
  }

  private static double nanos(Map<String, RunResult> results, String benchmark, int batch) {
    return median(results.get(RECORDING + benchmark)) / batch;
  }

  /** Runs the benchmarks of applying: throughput of one producer and one consumer. */
  public List<Comparison> applying() throws RunnerException {
    Comparison applied =
        Comparison.atLeast(
            3, "applying: inline MeterProvider recording", "payments/s", "ours", "theirs");
    for (int round = 0; round < measurementPlan.rounds(); round++) {
      Map<String, RunResult> results = run(APPLYING, 1);
      applied.add(
          perSecond(results.get(APPLYING + "pipeline")),
          perSecond(results.get(APPLYING + "providers")));
    }
    return List.of(applied);
  }

  private static double perSecond(RunResult result) {
    Map<String, Result> counted = result.getSecondaryResults();
    return counted.get("payments").getScore() / counted.get("cpuNanos").getScore() * 1e9;
  }

  /** Runs the benchmarks of rendering: time and allocation. */
  public List<Comparison> rendering() throws RunnerException {
    List<Comparison> comparisons = new ArrayList<>();
    for (int series : new int[] {10_000, 100_000}) {
      Comparison time =
          Comparison.atLeast(1.5, "rendering: scrape(), " + series + " series, time", "µs");
      Comparison bytes =
          Comparison.atLeast(2, "rendering: scrape(), " + series + " series, allocation", "B");
      comparisons.addAll(List.of(time, bytes));
    }
    for (int round = 0; round < measurementPlan.rounds(); round++) {
      Map<String, RunResult> results = run(RENDERING, 1);
      int i = 0;
      for (int series : new int[] {10_000, 100_000}) {
        RunResult theirs = results.get(RENDERING + "micrometer" + series);
        RunResult ours = results.get(RENDERING + "pipeline" + series);
        comparisons.get(i++).add(median(theirs), median(ours));
        comparisons.get(i++).add(allocated(theirs), allocated(ours));
      }
    }
    return comparisons;
  }

  /** Runs one round. Results are by name and, if present, number of series. */
  private Map<String, RunResult> run(String include, int threads) throws RunnerException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(include.replace(".", "\\."))
                    .threads(threads)
                    .warmupIterations(measurementPlan.iterations())
                    .warmupTime(TimeValue.milliseconds(measurementPlan.iterationMillis()))
                    .measurementIterations(measurementPlan.iterations())
                    .measurementTime(TimeValue.milliseconds(measurementPlan.iterationMillis()))
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    Map<String, RunResult> byName = new HashMap<>();
    for (RunResult result : results) {
      String series = result.getParams().getParam("series");
      byName.put(result.getParams().getBenchmark() + (series == null ? "" : series), result);
    }
    return byName;
  }

  private static double median(RunResult result) {
    return result.getPrimaryResult().getStatistics().getPercentile(50);
  }

  /** Returns the allocation of an invocation. */
  private static double allocated(RunResult result) {
    Map<String, Result> counted = result.getSecondaryResults();
    return counted.get("allocatedBytes").getScore() / counted.get("invocations").getScore();
  }
}
