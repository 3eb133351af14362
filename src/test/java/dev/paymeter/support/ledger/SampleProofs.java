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
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Comparison of raw samples in a Prometheus with the rows of the ledger. */
public final class SampleProofs implements AutoCloseable {
  /** Everything that rows are counted in, and the cuts. */
  private static final String ALL =
      "{__name__=~\"payment_(requests_total|(duration_seconds|amount_usd)_(count|sum|bucket))"
          + "|errors_total|business_events_usd_(count|sum|bucket)|paymeter_scrape_cut.*\"}";

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

  /** Returns all scrapes in the storage of a Prometheus, by their times in milliseconds. */
  public static TreeMap<Long, List<Scrape>> scrapes(PrometheusApi prometheus) {
    Map<Long, List<Sample>> byTime = new TreeMap<>();
    for (JsonObject series : prometheus.querySeries(ALL + "[6h]")) {
      Map<String, String> labels = new HashMap<>();
      series
          .getJsonObject("metric")
          .forEach(label -> labels.put(label.getKey(), (String) label.getValue()));
      String name = labels.remove("__name__");
      for (Object element : series.getJsonArray("values")) {
        JsonArray point = (JsonArray) element;
        byTime
            .computeIfAbsent(Math.round(1000 * point.getDouble(0)), time -> new ArrayList<>())
            .add(new Sample(name, labels, value(point.getString(1))));
      }
    }
    TreeMap<Long, List<Scrape>> scrapes = new TreeMap<>();
    byTime.forEach((time, samples) -> scrapes.put(time, Scrape.of(samples)));
    return scrapes;
  }

  private static double value(String text) {
    return Double.parseDouble(text.replace("Inf", "Infinity"));
  }

  /**
   * Asserts that the samples of random scrapes equal their rows.
   *
   * @param count number of samples that are compared, at least
   */
  public void assertEqual(PrometheusApi prometheus, int count, long seed) {
    List<Scrape> shuffled =
        new ArrayList<>(scrapes(prometheus).values().stream().flatMap(List::stream).toList());
    Collections.shuffle(shuffled, new Random(seed));
    int compared = 0;
    for (int i = 0; compared < count; i++) {
      assertThat(shuffled).as("scrapes with %s samples", count).hasSizeGreaterThan(i);
      InstanceProof proof = prove(shuffled.get(i));
      assertEqual(proof);
      compared += proof.series().size();
    }
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
