package dev.paymeter.metrics;

import dev.paymeter.payments.Books;
import dev.paymeter.payments.Choices;
import dev.paymeter.payments.Pages;
import io.prometheus.metrics.model.snapshots.Labels;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the counters against the ledger, all the time. When the books are opened, the counters go
 * on where the identity's earlier processes left them. From then on, in each round, the pages that
 * are closed are read from the ledger, and what a scrape shows is compared with the ledger up to
 * them and with our own tallies after them; the distance is {@code metrics_ledger_drift}. Rounds
 * must come one after the other.
 */
public final class Audit {
  private static final Logger log = LoggerFactory.getLogger(Audit.class);

  /**
   * How long an earlier process's last statement may still be committed: longer than the server
   * lets a statement run.
   */
  static final Duration LATEST_COMMIT = Duration.ofSeconds(15);

  private static final Duration BETWEEN_CHECKPOINTS = Duration.ofSeconds(10);
  private static final HistogramSeries.Scale SECONDS =
      new HistogramSeries.Scale(1_000_000_000, Families.OPERATION_BUCKETS);

  private final ObservationPipeline pipeline;
  private final Books books;
  private final Pages pages;
  private final LongSupplier nanoTime;

  /** By audited family; written and read under the pipeline's lock. */
  private final Map<String, Long> drift = new HashMap<>();

  private @Nullable HistogramSeries durations;
  private long[] earlier = {};
  private long opened;

  /** Whether all that earlier processes ever committed is counted. */
  private boolean earlierIsComplete;

  /** When pages were turned that are not closed yet. */
  private final TreeMap<Integer, Long> turned = new TreeMap<>();

  /** All that began before this was compared with the ledger; under the pipeline's lock. */
  private long comparedUpTo;

  private long lastCheckpoint;
  private int closed;
  private int checkpointed;

  /**
   * @param nanoTime a monotonic clock in nanoseconds
   */
  public Audit(ObservationPipeline pipeline, Books books, Pages pages, LongSupplier nanoTime) {
    this.pipeline = pipeline;
    this.books = books;
    this.pages = pages;
    this.nanoTime = nanoTime;
  }

  /** Upper bounds of the buckets of {@code payment_amount_usd}, in US cents. */
  public static long[] amountBounds() {
    return LedgerMeters.AMOUNT.boundsInUnits();
  }

  /** Upper bounds of the buckets of {@code payment_duration_seconds}, in microseconds. */
  public static long[] durationBounds() {
    return LedgerMeters.DURATION.boundsInUnits();
  }

  /**
   * Makes the payment families, and restores them. Before that they are not shown at all.
   *
   * @param opening what the books said when they were opened
   * @param events the words of business events that are expected
   */
  public Future<Void> open(Books.Opening opening, Choices choices, List<String> events) {
    return books
        .earlier()
        .map(
            entries -> {
              pipeline.update(meters -> restore(meters, opening, choices, events, entries));
              opened = nanoTime.getAsLong();
              lastCheckpoint = opened;
              return null;
            });
  }

  private void restore(
      Meters meters,
      Books.Opening opening,
      Choices choices,
      List<String> events,
      Books.Entries entries) {
    String totals = opening.totals();
    meters.ledger().open(choices, events, totals == null ? null : new JsonObject(totals));
    earlier = meters.ledger().tally(entries);
    meters.ledger().restore(earlier);
    for (String family : LedgerMeters.FAMILIES) {
      drift.put(family, 0L);
      meters.gauge(
          Families.LEDGER_DRIFT,
          "How far the family is from the ledger: the absolute differences of all its series",
          Labels.of("family", family),
          () -> drift.getOrDefault(family, 0L));
    }
    comparedUpTo = nanoTime.getAsLong();
    meters.gauge(
        Families.AUDIT_LAG,
        "How old is what the audit has not compared with the ledger yet",
        Labels.EMPTY,
        () -> SECONDS.one(nanoTime.getAsLong() - comparedUpTo));
    durations =
        meters.histogram(
            Families.AUDIT_SECONDS, "What a round of the audit took", SECONDS, Labels.EMPTY);
  }

  /**
   * One round. Blocks for as long as draining takes; not for an event loop.
   *
   * @return fails when the ledger is away; the next round goes on where this one stopped
   */
  public Future<Void> round() {
    long start = nanoTime.getAsLong();
    int last = pages.turn();
    turned.putIfAbsent(last, start);
    return readEarlier()
        .compose(read -> readPages(pages.closed(closed)))
        .compose(
            read -> {
              measureDrift();
              noteLag(last, start);
              took(nanoTime.getAsLong() - start);
              return checkpointWhenDue(BETWEEN_CHECKPOINTS);
            });
  }

  /** What began before a page was turned is on it or on earlier ones. */
  private void noteLag(int last, long start) {
    Long since = closed >= last ? Long.valueOf(start) : turned.get(closed);
    turned.headMap(closed, false).clear();
    if (since != null) {
      pipeline.update(meters -> comparedUpTo = since);
    }
  }

  private void took(long nanos) {
    pipeline.update(
        meters -> {
          if (durations != null) {
            durations.record(nanos);
          }
        });
  }

  /** The last round: leaves a checkpoint. */
  public Future<Void> close() {
    return round().compose(done -> checkpointWhenDue(Duration.ZERO));
  }

  /**
   * Statements that an earlier process had begun may be committed after the opening. So we look
   * until one look came after the latest commit, whenever the ledger lets us.
   */
  private Future<Void> readEarlier() {
    if (earlierIsComplete) {
      return Future.succeededFuture();
    }
    boolean isLastLook = nanoTime.getAsLong() - opened > LATEST_COMMIT.toNanos();
    return books
        .earlier()
        .map(
            entries -> {
              makeGood(entries);
              earlierIsComplete = isLastLook;
              return null;
            });
  }

  private void makeGood(Books.Entries entries) {
    pipeline.update(
        meters -> {
          long[] now = meters.ledger().tally(entries);
          long[] late = Chart.minus(now, earlier);
          if (Chart.isAnything(late)) {
            log.info("Made good from the ledger what an earlier process committed last");
            meters.ledger().restore(late);
            earlier = now;
          }
        });
  }

  private Future<Void> readPages(int last) {
    if (last == closed) {
      return Future.succeededFuture();
    }
    pipeline.flush(); // What is committed is offered; now it is applied, too.
    return books
        .pages(closed + 1, last)
        .map(
            entries -> {
              pipeline.update(
                  meters -> {
                    meters.ledger().tallies().close(last, meters.ledger().tally(entries));
                    closed = last;
                  });
              return null;
            });
  }

  private void measureDrift() {
    pipeline.update(
        meters -> {
          Map<String, Long> now = meters.ledger().misshown();
          if (!now.equals(drift) && now.values().stream().anyMatch(distance -> distance != 0)) {
            log.error("The metrics are not equal to the ledger: {}", now);
          }
          drift.putAll(now);
        });
  }

  /** Not before the earlier processes' last word: a checkpoint closes their epochs for good. */
  private Future<Void> checkpointWhenDue(Duration interval) {
    long now = nanoTime.getAsLong();
    if (!earlierIsComplete || closed == checkpointed || now - lastCheckpoint < interval.toNanos()) {
      return Future.succeededFuture();
    }
    int page = closed;
    String totals = pipeline.locked(meters -> meters.ledger().tallies().write().encode());
    return books
        .checkpoint(page, totals)
        .onSuccess(
            kept -> {
              checkpointed = page;
              lastCheckpoint = now;
            });
  }
}
