package dev.paymeter.app.cli;

import static dev.paymeter.app.BlockingFutures.await;

import dev.paymeter.app.close.DayCloser;
import dev.paymeter.metrics.AuditedPipelineMetrics;
import dev.paymeter.metrics.alerts.SeriesSelector;
import dev.paymeter.metrics.proof.InstanceProof;
import dev.paymeter.metrics.proof.InstanceProof.SeriesProof;
import dev.paymeter.metrics.proof.Prover;
import dev.paymeter.postgres.PostgresProofStore;
import dev.paymeter.postgres.StatementExecutor;
import dev.paymeter.postgres.server.Database;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Comparison of the increases that a Prometheus server shows with the rows of the ledger.
 *
 * @param prometheus address of the server; null for no comparison
 */
record PrometheusTie(Database database, @Nullable URI prometheus, Duration lookBack)
    implements DayCloser.Evidence {
  private static final int CONNECTIONS = 3;
  private static final Duration TIMEOUT = Database.STATEMENT_TIMEOUT;

  @Override
  public @Nullable JsonObject of(Instant from, Instant to) throws IOException {
    if (prometheus == null) {
      return null;
    }
    Vertx vertx = Vertx.vertx();
    try {
      StatementExecutor statements =
          new StatementExecutor(
              database.createPool(vertx, Database.PROOF_POOL, CONNECTIONS, TIMEOUT), TIMEOUT);
      PostgresProofStore store =
          new PostgresProofStore(
              statements,
              AuditedPipelineMetrics.amountBounds(),
              AuditedPipelineMetrics.durationBounds());
      return json(
          prometheus,
          proofs(new PrometheusClient(DemoClient.httpClient(), prometheus), store, from, to));
    } finally {
      await(vertx.close());
    }
  }

  private List<InstanceProof> proofs(
      PrometheusClient client, PostgresProofStore store, Instant from, Instant to)
      throws IOException {
    Prover prover = new Prover(store);
    SeriesSelector selector = SeriesSelector.parse(Prover.MONEY);
    List<InstanceProof> proofs = new ArrayList<>();
    for (ScrapeIntervals.Interval interval :
        new ScrapeIntervals(client, store, Prover.MONEY, lookBack).between(from, to)) {
      proofs.add(await(prover.prove(interval.from(), interval.to(), selector)));
    }
    proofs.sort(Comparator.comparing(InstanceProof::instanceId));
    return proofs;
  }

  private static JsonObject json(URI url, List<InstanceProof> proofs) {
    List<SeriesProof> all = proofs.stream().flatMap(proof -> proof.series().stream()).toList();
    long different = different(all);
    return new JsonObject()
        .put("url", withoutUser(url))
        .put("is_equal", different == 0)
        .put("samples", all.size())
        .put("different", different)
        .put("series", series(all))
        .put("instances", new JsonArray(proofs.stream().map(PrometheusTie::json).toList()));
  }

  private static long different(List<SeriesProof> series) {
    return series.stream().filter(each -> !each.isEqual()).count();
  }

  /** A report is passed on, and an address may contain a password. */
  private static String withoutUser(URI url) {
    return url.getScheme()
        + "://"
        + url.getRawAuthority().replaceFirst(".*@", "")
        + (url.getRawPath() == null ? "" : url.getRawPath());
  }

  /** Returns the sums over all labels; rows include what was exposed before a loss. */
  private static JsonArray series(List<SeriesProof> all) {
    Map<String, BigDecimal> shown = new TreeMap<>();
    Map<String, BigDecimal> ledger = new TreeMap<>();
    for (SeriesProof each : all) {
      String name = each.sample().name();
      shown.merge(name, each.shown(), BigDecimal::add);
      ledger.merge(name, each.ledger().add(each.baseline()), BigDecimal::add);
    }
    JsonArray series = new JsonArray();
    shown.forEach(
        (name, sum) ->
            series.add(
                new JsonObject()
                    .put("name", name)
                    .put("prometheus", sum.toPlainString())
                    .put("ledger", ledger.getOrDefault(name, BigDecimal.ZERO).toPlainString())));
    return series;
  }

  private static JsonObject json(InstanceProof proof) {
    return new JsonObject()
        .put("instance_id", proof.instanceId())
        .put("generation", proof.generation())
        .put("after", proof.after().number())
        .put("up_to", proof.upTo().number())
        .put("samples", proof.series().size())
        .put("different", different(proof.series()))
        .put("note", proof.isEqual() ? null : proof.note());
  }
}
