package dev.paymeter.support.ledger;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.AuditedPipelineMetrics;
import dev.paymeter.metrics.proof.InstanceProof;
import dev.paymeter.metrics.proof.InstanceProof.SeriesProof;
import dev.paymeter.metrics.proof.Prover;
import dev.paymeter.metrics.proof.Sample;
import dev.paymeter.metrics.proof.Scrape;
import dev.paymeter.postgres.PostgresProofStore;
import dev.paymeter.postgres.StatementExecutor;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.PrometheusApi;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Comparison of raw samples in a Prometheus with the rows of the ledger. */
public final class SampleProofs implements AutoCloseable {
  /** Everything that rows are counted in, and the cuts. */
  private static final String ALL =
      "{__name__=~\"payment_(requests_total|(duration_seconds|amount_usd)_(count|sum|bucket))"
          + "|errors_total|business_events_usd_(count|sum|bucket)|paymeter_scrape_cut.*\","
          + "instance=\"%s\",job=\"%s\"}";

  private static final String CUT = "paymeter_scrape_cut";

  private final Vertx vertx = Vertx.vertx();
  private final Prover prover;

  public SampleProofs(String databaseUrl) {
    this.prover =
        new Prover(
            new PostgresProofStore(
                new StatementExecutor(
                    Database.at(databaseUrl)
                        .createPool(vertx, "proofs", 3, Database.STATEMENT_TIMEOUT),
                    Database.STATEMENT_TIMEOUT),
                AuditedPipelineMetrics.amountBounds(),
                AuditedPipelineMetrics.durationBounds()));
  }

  /**
   * The time of a scrape of a target.
   *
   * @param instance host and port
   */
  public record ScrapeTime(String job, String instance, Instant time) {
    /** Reads all samples of the scrape. */
    public Scrape read(PrometheusApi prometheus) {
      List<Sample> samples = new ArrayList<>();
      for (JsonObject series : prometheus.seriesAt(time, ALL.formatted(instance, job))) {
        Map<String, String> labels = labels(series);
        String name = labels.remove("__name__");
        samples.add(new Sample(name, labels, value(series.getJsonArray("value"))));
      }
      List<Scrape> scrapes = Scrape.of(samples);
      assertThat(scrapes).as("scrape of %s at %s", instance, time).hasSize(1);
      return scrapes.get(0);
    }
  }

  /** Returns the times of all scrapes with a cut in the storage of a Prometheus, in order. */
  public static List<ScrapeTime> times(PrometheusApi prometheus) {
    List<ScrapeTime> times = new ArrayList<>();
    for (JsonObject series : prometheus.querySeries(CUT + "[6h]")) {
      Map<String, String> labels = labels(series);
      for (Object point : series.getJsonArray("values")) {
        if (Double.isNaN(value((JsonArray) point))) {
          continue; // VictoriaMetrics returns the markers of series that have ended.
        }
        long millis = Math.round(1000 * ((JsonArray) point).getDouble(0));
        times.add(
            new ScrapeTime(
                labels.getOrDefault("job", ""),
                labels.getOrDefault("instance", ""),
                Instant.ofEpochMilli(millis)));
      }
    }
    times.sort(Comparator.comparing(ScrapeTime::time));
    return times;
  }

  private static Map<String, String> labels(JsonObject series) {
    Map<String, String> labels = new HashMap<>();
    series
        .getJsonObject("metric")
        .forEach(label -> labels.put(label.getKey(), (String) label.getValue()));
    return labels;
  }

  private static double value(JsonArray point) {
    return Double.parseDouble(point.getString(1).replace("Inf", "Infinity"));
  }

  /** Returns random scrapes, in the order of their times. */
  public static List<ScrapeTime> random(PrometheusApi prometheus, int count, Random random) {
    List<ScrapeTime> times = times(prometheus);
    Collections.shuffle(times, random);
    return times.stream().limit(count).sorted(Comparator.comparing(ScrapeTime::time)).toList();
  }

  /**
   * Asserts that all samples of random scrapes equal their rows.
   *
   * @param count number of scrapes
   * @return number of compared samples
   */
  public long assertEqual(PrometheusApi prometheus, int count, Random random) {
    long compared = 0;
    Map<String, Scrape> last = new HashMap<>();
    for (ScrapeTime time : random(prometheus, count, random)) {
      Scrape scrape = time.read(prometheus);
      // The first one of an instance equals all rows up to its cut; then the rows since the last.
      Scrape before = last.put(scrape.instanceId(), scrape);
      InstanceProof proof = before == null ? prove(scrape) : prove(before, scrape);
      assertEqual(proof);
      compared += proof.series().size();
    }
    return compared;
  }

  /** Compares the samples of a scrape with their rows. */
  public InstanceProof prove(Scrape scrape) {
    return await(prover.prove(scrape));
  }

  /** Compares the increase between two scrapes with the rows between them. */
  public InstanceProof prove(Scrape from, Scrape to) {
    return await(prover.prove(from, to));
  }

  public static void assertEqual(InstanceProof proof) {
    assertThat(proof.series())
        .as("samples of %s up to %s, %s", proof.instanceId(), proof.upTo(), proof.note())
        .isNotEmpty()
        .allMatch(SeriesProof::isEqual);
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
