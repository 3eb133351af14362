package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.metrics.registry.ExpositionRenderer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Benchmark of a scrape: from live meters to the text format. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
public class RenderingBenchmark {

  @State(Scope.Benchmark)
  public static class Ours {
    @Param({"10000", "100000"})
    int series;

    private final MetricsPipeline pipeline = TestPipelines.open(65_536, 100);

    @Setup
    public void fill() {
      ManySeries.addTo(pipeline, series);
    }
  }

  @State(Scope.Benchmark)
  public static class Micrometers {
    @Param({"10000", "100000"})
    int series;

    private final PrometheusMeterRegistry registry =
        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    @Setup
    public void fill() {
      ManySeries.addTo(registry, series);
    }
  }

  @Benchmark
  public Buffer pipeline(Ours ours, Caller caller) throws IOException {
    caller.begin();
    Buffer page = ExpositionRenderer.render(ours.pipeline.snapshot(), ExpositionFormat.TEXT, false);
    caller.end();
    return page;
  }

  @Benchmark
  public String micrometer(Micrometers other, Caller caller) {
    caller.begin();
    String page = other.registry.scrape();
    caller.end();
    return page;
  }
}
