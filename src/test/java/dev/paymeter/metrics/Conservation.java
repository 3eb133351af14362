package dev.paymeter.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.registry.ExpositionFormat;
import io.prometheus.metrics.expositionformats.generated.Metrics;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;

/** What must be true of every single scrape, in whatever format it was taken. */
public final class Conservation {
  public static final List<String> KINDS = List.of("payment", "error", "event", "operation");

  /** What becomes of observations: as many as were offered, in sum. */
  public static final List<String> FATES =
      List.of(
          "paymeter_observations_applied_total",
          "paymeter_observations_sampled_out_total",
          "paymeter_observations_dropped_total",
          "paymeter_observations_rejected_total",
          "paymeter_queue_depth");

  private Conservation() {}

  /**
   * The terms of conservation add up for each kind, and no payment is torn.
   *
   * @return how many payments were counted
   */
  public static long assertHolds(ExpositionFormat format, byte[] body) {
    return assertHolds(
        format == ExpositionFormat.PROTOBUF
            ? protobuf(body)
            : PipelineScrape.parse(new String(body, UTF_8)));
  }

  static long assertHolds(PipelineScrape pipelineScrape) {
    SoftAssertions all = new SoftAssertions();
    for (String kind : KINDS) {
      Map<String, Double> terms = new HashMap<>();
      FATES.forEach(fate -> terms.put(fate, of(pipelineScrape, fate, kind)));
      double sum = terms.values().stream().mapToDouble(Double::doubleValue).sum();
      all.assertThat(sum)
          .as("%s: %s", kind, terms)
          .isEqualTo(of(pipelineScrape, "paymeter_observations_offered_total", kind));
    }
    double payments = pipelineScrape.total("payment_requests_total");
    all.assertThat(pipelineScrape.total("payment_duration_seconds_count")).isEqualTo(payments);
    all.assertThat(pipelineScrape.total("payment_amount_usd_count")).isEqualTo(payments);
    all.assertAll();
    return (long) payments;
  }

  static double of(PipelineScrape pipelineScrape, String family, String kind) {
    List<String> series =
        pipelineScrape.series(family).stream()
            .filter(one -> one.contains("kind=\"" + kind + "\""))
            .toList();
    assertThat(series).as("%s of %s", family, kind).isNotEmpty();
    return series.stream().mapToDouble(pipelineScrape::value).sum();
  }

  private static PipelineScrape protobuf(byte[] body) {
    Map<String, Double> samples = new HashMap<>();
    try (ByteArrayInputStream in = new ByteArrayInputStream(body)) {
      for (Metrics.MetricFamily family = Metrics.MetricFamily.parseDelimitedFrom(in);
          family != null;
          family = Metrics.MetricFamily.parseDelimitedFrom(in)) {
        for (Metrics.Metric series : family.getMetricList()) {
          String labels =
              series.getLabelList().stream()
                  .map(label -> label.getName() + "=\"" + label.getValue() + '"')
                  .collect(Collectors.joining(",", "{", "}"));
          if (series.hasHistogram()) {
            samples.put(
                family.getName() + "_count" + labels,
                (double) series.getHistogram().getSampleCount());
          } else if (series.hasCounter()) {
            samples.put(family.getName() + labels, series.getCounter().getValue());
          } else if (series.hasGauge()) {
            samples.put(family.getName() + labels, series.getGauge().getValue());
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new PipelineScrape(Map.of(), samples);
  }
}
