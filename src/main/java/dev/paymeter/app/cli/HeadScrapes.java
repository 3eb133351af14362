package dev.paymeter.app.cli;

import dev.paymeter.audit.chain.ScrapedHead;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.port.LedgerCut;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The ends of hash chains in the scrapes of a Prometheus server. */
record HeadScrapes(PrometheusClient prometheus) {
  /** Time range of one query: some ten thousand samples for each instance. */
  private static final Duration STEP = Duration.ofHours(12);

  private record Scrape(Map<String, String> labels, Instant time) {}

  private record Key(String instanceId, String generation, long cut, long number) {}

  /**
   * Returns each end once, by time.
   *
   * @throws IOException if the server cannot be reached, or rejects a query
   */
  List<ScrapedHead> read(Duration since, Instant until) throws IOException {
    Map<Key, ScrapedHead> heads = new LinkedHashMap<>();
    Instant start = until.minus(since);
    for (Instant from = start; from.isBefore(until); from = from.plus(STEP)) {
      Instant to = from.plus(STEP).isBefore(until) ? from.plus(STEP) : until;
      String range = "[" + Duration.between(from, to).toMillis() + "ms]";
      Map<Scrape, Double> cuts = new HashMap<>();
      for (PrometheusClient.Point point : prometheus.points(MetricNames.CHAIN_CUT + range, to)) {
        cuts.put(new Scrape(point.sample().labels(), point.time()), point.sample().value());
      }
      prometheus.points(MetricNames.CHAIN_HEAD + range, to).stream()
          .sorted((one, other) -> one.time().compareTo(other.time()))
          .forEach(point -> add(heads, cuts, point));
    }
    return List.copyOf(heads.values());
  }

  private static void add(
      Map<Key, ScrapedHead> heads, Map<Scrape, Double> cuts, PrometheusClient.Point point) {
    Map<String, String> labels = point.sample().labels();
    Double cut = cuts.get(new Scrape(labels, point.time()));
    if (cut == null || cut == 0) {
      return; // Before the first checkpoint.
    }
    Key key =
        new Key(
            labels.getOrDefault("instance_id", ""),
            labels.getOrDefault("generation", ""),
            cut.longValue(),
            (long) point.sample().value());
    heads.putIfAbsent(
        key,
        new ScrapedHead(
            key.instanceId(),
            key.generation(),
            LedgerCut.of(key.cut()),
            key.number(),
            point.time()));
  }
}
