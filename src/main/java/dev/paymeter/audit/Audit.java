package dev.paymeter.audit;

import dev.paymeter.payment.port.LedgerSegments;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The comparison of the counted values with the ledger, while payments run. When the lease of the
 * instance is acquired, the counters are restored to where its earlier processes left them. From
 * then on, each round reads the segments that are closed from the ledger, and compares what a
 * scrape shows with the ledger up to them and with what was counted after them; the difference is
 * {@code metrics_ledger_drift}. Rounds must not overlap.
 */
public final class Audit {
  private static final Logger log = LoggerFactory.getLogger(Audit.class);

  /**
   * How long an earlier process's last statement may still be committed: longer than the server
   * lets a statement run.
   */
  static final Duration LATEST_COMMIT = Duration.ofSeconds(15);

  private static final Duration BETWEEN_CHECKPOINTS = Duration.ofSeconds(10);

  private final AuditedMetrics metrics;
  private final AuditStore auditStore;
  private final LedgerSegments ledgerSegments;
  private final LongSupplier nanoTime;

  private Map<String, Long> drift = Map.of();
  private long opened;

  /** Whether all that earlier processes ever committed is counted. */
  private boolean earlierIsComplete;

  /** When pages were turned that are not closed yet. */
  private final TreeMap<Integer, Long> turned = new TreeMap<>();

  private long lastCheckpoint;
  private int closed;
  private int checkpointed;

  /**
   * @param nanoTime a monotonic clock in nanoseconds
   */
  public Audit(
      AuditedMetrics metrics,
      AuditStore auditStore,
      LedgerSegments ledgerSegments,
      LongSupplier nanoTime) {
    this.metrics = metrics;
    this.auditStore = auditStore;
    this.ledgerSegments = ledgerSegments;
    this.nanoTime = nanoTime;
  }

  /**
   * Restores the audited metrics, which scrapes show from then on.
   *
   * @param opening what the ledger returned with the lease
   */
  public Future<Void> open(AuditStore.Opening opening) {
    return auditStore
        .earlier()
        .map(
            entries -> {
              metrics.restore(opening.totals(), entries);
              opened = nanoTime.getAsLong();
              lastCheckpoint = opened;
              return null;
            });
  }

  /**
   * One round. Blocks for as long as draining takes; not for an event loop.
   *
   * @return fails when the ledger is away; the next round goes on where this one stopped
   */
  public Future<Void> round() {
    long start = nanoTime.getAsLong();
    int last = ledgerSegments.turn();
    turned.putIfAbsent(last, start);
    return readEarlier()
        .compose(read -> readPages(ledgerSegments.closed(closed)))
        .compose(
            read -> {
              measureDrift();
              noteLag(last, start);
              metrics.roundTook(nanoTime.getAsLong() - start);
              return checkpointWhenDue(BETWEEN_CHECKPOINTS);
            });
  }

  /** What began before a page was turned is on it or on earlier ones. */
  private void noteLag(int last, long start) {
    Long since = closed >= last ? Long.valueOf(start) : turned.get(closed);
    turned.headMap(closed, false).clear();
    if (since != null) {
      metrics.compared(since);
    }
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
    return auditStore
        .earlier()
        .map(
            entries -> {
              if (metrics.restoreLate(entries)) {
                log.info("Added from the ledger what an earlier process committed last");
              }
              earlierIsComplete = isLastLook;
              return null;
            });
  }

  private Future<Void> readPages(int last) {
    if (last == closed) {
      return Future.succeededFuture();
    }
    metrics.flush(); // What is committed is offered; now it is applied, too.
    return auditStore
        .pages(closed + 1, last)
        .map(
            entries -> {
              metrics.close(last, entries);
              closed = last;
              return null;
            });
  }

  private void measureDrift() {
    Map<String, Long> now = metrics.measureDrift();
    if (!now.equals(drift) && now.values().stream().anyMatch(distance -> distance != 0)) {
      log.error("The metrics are not equal to the ledger: {}", now);
    }
    drift = now;
  }

  /** Not before the earlier processes' last word: a checkpoint closes their epochs for good. */
  private Future<Void> checkpointWhenDue(Duration interval) {
    long now = nanoTime.getAsLong();
    if (!earlierIsComplete || closed == checkpointed || now - lastCheckpoint < interval.toNanos()) {
      return Future.succeededFuture();
    }
    int page = closed;
    String totals = metrics.totals();
    return auditStore
        .checkpoint(page, totals)
        .onSuccess(
            kept -> {
              checkpointed = page;
              lastCheckpoint = now;
            });
  }
}
