package dev.paymeter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.http.TestHttp;
import io.prometheus.metrics.expositionformats.generated.Metrics;
import io.vertx.core.json.JsonArray;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.Map;

/** A format of scrapes, with a parser that is not ours. */
enum ScrapeFormat {
  TEXT("text/plain;version=0.0.4") {
    @Override
    ParsedScrape parse(byte[] scrape) throws Exception {
      return parseWithPython("prometheus_client.parser", scrape);
    }
  },
  OPEN_METRICS("application/openmetrics-text;version=1.0.0") {
    @Override
    ParsedScrape parse(byte[] scrape) throws Exception {
      return parseWithPython("prometheus_client.openmetrics.parser", scrape);
    }
  },
  /** Python's client has no parser of this format. */
  PROTOBUF(
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited") {
    @Override
    ParsedScrape parse(byte[] scrape) throws Exception {
      return parseProtobuf(scrape);
    }
  };

  private static final String INSTALL = "apt-get install python3-prometheus-client";

  /** Prints each finite sample as a line of JSON. */
  private static final String PROGRAM =
      """
      import importlib, json, math, sys

      parser = importlib.import_module(sys.argv[1])
      text = sys.stdin.buffer.read().decode("utf-8")
      for family in parser.text_string_to_metric_families(text):
          for sample in family.samples:
              if math.isfinite(sample.value):
                  print(json.dumps([sample.name, sample.labels, repr(sample.value)]))
      """;

  private final String accept;

  ScrapeFormat(String accept) {
    this.accept = accept;
  }

  /** Scrapes a service in this format. */
  ParsedScrape scrape(URI metrics) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(metrics).header("Accept", accept).build();
    return parse(TestHttp.client().send(request, BodyHandlers.ofByteArray()).body());
  }

  abstract ParsedScrape parse(byte[] scrape) throws Exception;

  private static ParsedScrape parseWithPython(String module, byte[] scrape) throws Exception {
    String python = RequiredPrograms.pythonWith("prometheus_client", INSTALL).toString();
    Process parser =
        new ProcessBuilder(python, "-c", PROGRAM, module)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (OutputStream input = parser.getOutputStream()) {
      input.write(scrape);
    }
    ParsedScrape samples = new ParsedScrape();
    parser.inputReader().lines().map(JsonArray::new).forEach(sample -> addSample(samples, sample));
    assertThat(parser.waitFor()).as("the parser has read all").isZero();
    return samples;
  }

  private static void addSample(ParsedScrape samples, JsonArray sample) {
    Map<String, String> labels = new HashMap<>();
    sample.getJsonObject(1).forEach(label -> labels.put(label.getKey(), (String) label.getValue()));
    samples.add(sample.getString(0), labels, sample.getString(2));
  }

  @SuppressWarnings("NonCanonicalType") // The canonical name has a version of protobuf in it.
  private static ParsedScrape parseProtobuf(byte[] scrape) throws IOException {
    ParsedScrape samples = new ParsedScrape();
    try (InputStream in = new ByteArrayInputStream(scrape)) {
      for (var family = Metrics.MetricFamily.parseDelimitedFrom(in);
          family != null;
          family = Metrics.MetricFamily.parseDelimitedFrom(in)) {
        for (Metrics.Metric series : family.getMetricList()) {
          addSeries(samples, family, series);
        }
      }
    }
    return samples;
  }

  @SuppressWarnings("NonCanonicalType")
  private static void addSeries(
      ParsedScrape samples, Metrics.MetricFamily family, Metrics.Metric series) {
    Map<String, String> labels = new HashMap<>();
    series.getLabelList().forEach(label -> labels.put(label.getName(), label.getValue()));
    if (series.hasCounter()) {
      samples.add(family.getName(), labels, "" + series.getCounter().getValue());
    } else if (series.hasHistogram()) {
      Metrics.Histogram histogram = series.getHistogram();
      samples.add(family.getName() + "_count", labels, "" + histogram.getSampleCount());
      samples.add(family.getName() + "_sum", labels, "" + histogram.getSampleSum());
      for (Metrics.Bucket bucket : histogram.getBucketList()) {
        Map<String, String> with = new HashMap<>(labels);
        with.put(
            "le",
            bucket.getUpperBound() == Double.POSITIVE_INFINITY
                ? "+Inf"
                : "" + bucket.getUpperBound());
        samples.add(family.getName() + "_bucket", with, "" + bucket.getCumulativeCount());
      }
    }
  }
}
