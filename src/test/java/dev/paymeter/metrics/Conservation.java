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

/** Assertions that hold for every scrape, in every format. */
public final class Conservation {
  public static final List<String> KINDS = List.of("payment", "error", "event", "operation");

  /** Families whose sum equals the number of offered observations. */
  public static final List<String> FATES =
      List.of(
          "paymeter_observations_applied_total",
          "paymeter_observations_sampled_out_total",
          "paymeter_observations_dropped_total",
          "paymeter_observations_rejected_total",
          "paymeter_queue_depth");

  private Conservation() {}

  /**
   * Asserts that the terms of conservation add up for each kind, and that each payment is in all
   * its families.
   *
   * @return the number of counted payments
   */
  public static long assertHolds(ExpositionFormat format, byte[] body) {
    return assertHolds(
        format == ExpositionFormat.PROTOBUF
            ? protobuf(body)
            : PipelineScrape.parse(new String(body, UTF_8)));
  }

  static long assertHolds(PipelineScrape scrape) {
    SoftAssertions all = new SoftAssertions();
    for (String kind : KINDS) {
      Map<String, Double> terms = new HashMap<>();
      FATES.forEach(fate -> terms.put(fate, of(scrape, fate, kind)));
      double sum = terms.values().stream().mapToDouble(Double::doubleValue).sum();
      all.assertThat(sum)
          .as("%s: %s", kind, terms)
          .isEqualTo(of(scrape, "paymeter_observations_offered_total", kind));
    }
    double payments = scrape.total("payment_requests_total");
    all.assertThat(scrape.total("payment_duration_seconds_count")).isEqualTo(payments);
    all.assertThat(scrape.total("payment_amount_usd_count")).isEqualTo(payments);
    all.assertAll();
    return (long) payments;
  }

  static double of(PipelineScrape scrape, String family, String kind) {
    List<String> series =
        scrape.series(family).stream()
            .filter(one -> one.contains("kind=\"" + kind + "\""))
            .toList();
    assertThat(series).as("%s of %s", family, kind).isNotEmpty();
    return series.stream().mapToDouble(scrape::value).sum();
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
