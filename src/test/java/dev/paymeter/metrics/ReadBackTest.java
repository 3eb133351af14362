package dev.paymeter.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.metrics.registry.ExpositionRenderer;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.PaymentMetrics.Outcome;
import dev.paymeter.support.payment.TestOrders;
import io.prometheus.metrics.expositionformats.generated.Metrics;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Parses random snapshots back from each format: the series and values must be equal, also with
 * hostile labels. A past defect: the protobuf format lacked a family.
 */
class ReadBackTest {
  private static final List<String> HOSTILE =
      List.of("plain", "a\"b", "back\\slash", "new\nline", "{le=\"1\"} 7", "é💶", " ", "\\n");
  private static final Pattern SAMPLE = Pattern.compile("([^ {]+)(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\",?");

  /** A series, identified by name and labels. */
  private record Series(String name, Map<String, String> labels) {
    static Series of(String name, Labels labels) {
      Map<String, String> map = new TreeMap<>();
      labels.stream().forEach(label -> map.put(label.getName(), label.getValue()));
      return new Series(name, map);
    }

    Series bucket(double bound) {
      Map<String, String> with = new TreeMap<>(labels);
      with.put("le", String.valueOf(bound));
      return new Series(name + "_bucket", with);
    }

    Series suffixed(String suffix) {
      return new Series(name + suffix, labels);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anyRecordings_everyFormat_readsBackToTheSame(long seed) throws Exception {
    MetricSnapshots snapshots = record(new SplittableRandom(seed)).snapshot();
    Map<Series, Double> expected = values(snapshots);

    assertThat(expected).hasSizeGreaterThan(500);
    assertThat(text(render(snapshots, ExpositionFormat.TEXT).toString())).isEqualTo(expected);
    assertThat(text(render(snapshots, ExpositionFormat.OPEN_METRICS).toString()))
        .isEqualTo(expected);
    assertThat(protobuf(render(snapshots, ExpositionFormat.PROTOBUF).bytes())).isEqualTo(expected);
  }

  private static MetricsPipeline record(SplittableRandom random) {
    MetricsPipeline pipeline = TestPipelines.open(64, 16);
    Operation[] operations = Operation.values();
    for (int i = 0; i < 500; i++) {
      TestOrders order =
          TestOrders.order()
              .of(random.nextInt(1, 100_000_000) + ".00", "GBP")
              .tier(random.nextBoolean() ? "basic" : "premium");
      switch (random.nextInt(5)) {
        case 0 ->
            pipeline.settled(
                order.succeededIn(Duration.ofNanos(1000L * random.nextInt(20_000_000))));
        case 1 -> pipeline.settled(order.failed(new PaymentGatewayException("Gateway timeout")));
        case 2 -> pipeline.failed(any(random), any(random), Severity.HIGH);
        case 3 ->
            pipeline
                .reports()
                .recorded(
                    TestOrders.event("shop", "id", any(random), random.nextInt(1, 999) + ".99"));
        default ->
            pipeline.timed(
                operations[random.nextInt(operations.length)],
                Outcome.FAILURE,
                random.nextLong(20_000_000_000L));
      }
    }
    return pipeline;
  }

  private static String any(SplittableRandom random) {
    return HOSTILE.get(random.nextInt(HOSTILE.size()));
  }

  private record Rendering(byte[] bytes) {
    @Override
    public String toString() {
      return new String(bytes, UTF_8);
    }
  }

  private static Rendering render(MetricSnapshots snapshots, ExpositionFormat format)
      throws IOException {
    return new Rendering(ExpositionRenderer.render(snapshots, format, false).getBytes());
  }

  private static Map<Series, Double> values(MetricSnapshots snapshots) {
    Map<Series, Double> values = new HashMap<>();
    for (MetricSnapshot family : snapshots) {
      String name = family.getMetadata().getPrometheusName();
      if (family instanceof CounterSnapshot counter) {
        counter
            .getDataPoints()
            .forEach(p -> values.put(Series.of(name + "_total", p.getLabels()), p.getValue()));
      } else if (family instanceof GaugeSnapshot gauge) {
        gauge
            .getDataPoints()
            .forEach(p -> values.put(Series.of(name, p.getLabels()), p.getValue()));
      } else {
        ((HistogramSnapshot) family)
            .getDataPoints()
            .forEach(point -> put(values, Series.of(name, point.getLabels()), point));
      }
    }
    return values;
  }

  private static void put(
      Map<Series, Double> values, Series series, HistogramDataPointSnapshot point) {
    double cumulated = 0;
    for (int i = 0; i < point.getClassicBuckets().size(); i++) {
      cumulated += point.getClassicBuckets().getCount(i);
      values.put(series.bucket(point.getClassicBuckets().getUpperBound(i)), cumulated);
    }
    values.put(series.suffixed("_count"), cumulated);
    values.put(series.suffixed("_sum"), point.getSum());
  }

  private static Map<Series, Double> text(String body) {
    Map<Series, Double> values = new HashMap<>();
    for (String line : body.split("\n")) {
      Matcher sample = SAMPLE.matcher(line);
      if (!line.startsWith("#") && sample.matches()) {
        Map<String, String> labels = new TreeMap<>();
        Matcher label = LABEL.matcher(sample.group(2) == null ? "" : sample.group(2));
        while (label.find()) {
          labels.put(label.group(1), unescape(label.group(2)));
        }
        labels.computeIfPresent("le", (le, bound) -> String.valueOf(number(bound)));
        values.put(new Series(sample.group(1), labels), number(sample.group(3)));
      }
    }
    return values;
  }

  private static String unescape(String text) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
        plain.append(text.charAt(i) == 'n' ? '\n' : text.charAt(i));
      } else {
        plain.append(c);
      }
    }
    return plain.toString();
  }

  private static double number(String text) {
    return text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
  }

  private static Map<Series, Double> protobuf(byte[] body) throws IOException {
    Map<Series, Double> values = new HashMap<>();
    ByteArrayInputStream in = new ByteArrayInputStream(body);
    for (Metrics.MetricFamily family = Metrics.MetricFamily.parseDelimitedFrom(in);
        family != null;
        family = Metrics.MetricFamily.parseDelimitedFrom(in)) {
      for (Metrics.Metric metric : family.getMetricList()) {
        Map<String, String> labels = new TreeMap<>();
        metric.getLabelList().forEach(label -> labels.put(label.getName(), label.getValue()));
        Series series = new Series(family.getName(), labels);
        if (metric.hasCounter()) {
          values.put(series, metric.getCounter().getValue());
        } else if (metric.hasGauge()) {
          values.put(series, metric.getGauge().getValue());
        } else {
          Metrics.Histogram histogram = metric.getHistogram();
          values.put(series.suffixed("_count"), (double) histogram.getSampleCount());
          values.put(series.suffixed("_sum"), histogram.getSampleSum());
          histogram
              .getBucketList()
              .forEach(
                  bucket ->
                      values.put(
                          series.bucket(bucket.getUpperBound()),
                          (double) bucket.getCumulativeCount()));
        }
      }
    }
    return values;
  }
}
