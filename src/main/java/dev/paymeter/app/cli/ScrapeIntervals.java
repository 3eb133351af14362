package dev.paymeter.app.cli;

import static dev.paymeter.app.BlockingFutures.await;

import dev.paymeter.audit.ProofStore;
import dev.paymeter.metrics.proof.Scrape;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The scrapes of a Prometheus server whose differences are proved.
 *
 * @param series to prove, in PromQL
 * @param lookBack how long before an interval the last scrape of an instance may be, which was then
 *     down
 */
record ScrapeIntervals(
    PrometheusClient client, ProofStore store, String series, Duration lookBack) {
  /** Scrapes of an instance whose difference is proved; all of the last one if from is null. */
  record Interval(@Nullable Scrape from, Scrape to) {}

  /**
   * Returns the last scrape of each instance before a time, and the last one before a later time.
   *
   * @throws IOException if there is none, or the server does not respond
   */
  List<Interval> between(Instant start, Instant end) throws IOException {
    Map<String, Scrape> first = last(lookBack, start);
    Map<String, Scrape> last = last(Duration.between(start, end), end);
    List<Interval> intervals = new ArrayList<>();
    for (Scrape to : last.values()) {
      Scrape from = first.get(to.instanceId());
      if (from == null && await(store.hasRowsBefore(to.instanceId(), start))) {
        throw new IOException(
            "expected a scrape of instance %s in %s before %s, because the ledger has earlier rows,"
                    .formatted(to.instanceId(), lookBack, start)
                + " found none: set a longer --look-back");
      }
      intervals.add(new Interval(from, to));
    }
    first.values().stream()
        .filter(from -> !last.containsKey(from.instanceId()))
        .forEach(from -> intervals.add(new Interval(from, from))); // It was not scraped any more.
    if (intervals.isEmpty()) {
      throw new IOException("expected scrapes of an instance before %s, found none".formatted(end));
    }
    return intervals;
  }

  /** Returns the last scrape of each instance in the time before {@code end}. */
  private Map<String, Scrape> last(Duration duration, Instant end) throws IOException {
    String range = "[%dms]".formatted(duration.toMillis());
    String query =
        "last_over_time(%s%s) or last_over_time(%s%s)".formatted(series, range, Scrape.CUTS, range);
    Map<String, Scrape> byInstance = new TreeMap<>();
    for (Scrape each : Scrape.of(client.query(query, end))) {
      // Its pod, and with it the labels of its target, may have been replaced.
      byInstance.merge(
          each.instanceId(),
          each,
          (one, other) -> one.cut().compareTo(other.cut()) > 0 ? one : other);
    }
    return byInstance;
  }
}
