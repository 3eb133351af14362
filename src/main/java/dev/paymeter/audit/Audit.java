package dev.paymeter.audit;

import dev.paymeter.payment.port.LedgerSegments;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The comparison of the counted values with the ledger, while payments run. When the lease of the
 * instance is acquired, the counters are restored to the values of its earlier processes. From then
 * on, each round reads the closed segments from the ledger. It compares the values of a scrape with
 * the sum of the ledger's totals up to these segments and of what was counted later. The difference
 * is {@code metrics_ledger_drift}. Rounds must not overlap.
 */
public final class Audit {
  private static final Logger log = LoggerFactory.getLogger(Audit.class);

  static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(10);

  private final AuditedMetrics metrics;
  private final AuditStore auditStore;
  private final LedgerSegments ledgerSegments;
  private final LongSupplier nanoTime;
  private final PositionMonitor positions;
  private final LossReaction lossReaction;
  private final ChainSigner chainSigner;

  /** The suspicions that are refuted: the ledger contains everything that was counted. */
  private int refuted;

  /** The segment up to which the ledger is compared; null without a suspicion. */
  private @Nullable Integer suspectedUpTo;

  /** Set when the ledger went back: nothing is compared with it or written to it any more. */
  private boolean isOver;

  private Map<String, Long> drift = Map.of();

  /** The times at which segments that are not closed yet were rolled. */
  private final TreeMap<Integer, Long> rolledAt = new TreeMap<>();

  private long lastCheckpoint;
  private int closed;
  private int checkpointed;

  /** Settlements after the last checkpoint, of earlier processes and in closed segments. */
  private AuditStore.Sum counted = AuditStore.Sum.ZERO;

  /** Reaction to a ledger that may have gone back. */
  public interface LossReaction {
    /** No reaction, for a ledger that cannot go back. */
    LossReaction NONE =
        new LossReaction() {
          @Override
          public Future<Boolean> lacksCharges() {
            return Future.succeededFuture(false);
          }

          @Override
          public void wentBack(LedgerWentBackException loss) {}
        };

    /** Returns whether a gateway has charged payments that the ledger lacks. */
    Future<Boolean> lacksCharges();

    /** Ends the service: the ledger lacks what was counted or charged. */
    void wentBack(LedgerWentBackException loss);
  }

  /**
   * @param signer signs the hash chain of the closed segments; null if it is not signed
   */
  public Audit(
      AuditedMetrics metrics,
      AuditStore auditStore,
      LedgerSegments ledgerSegments,
      LongSupplier nanoTime,
      PositionMonitor positions,
      LossReaction lossReaction,
      ChainHead.@Nullable Signer signer) {
    this.metrics = metrics;
    this.auditStore = auditStore;
    this.ledgerSegments = ledgerSegments;
    this.nanoTime = nanoTime;
    this.positions = positions;
    this.lossReaction = lossReaction;
    this.chainSigner = new ChainSigner(auditStore, metrics, signer);
  }

  /**
   * Restores the audited metrics, which scrapes show from then on. The statements of earlier
   * processes have ended ({@link AuditStore#awaitEarlierProcesses}).
   *
   * @param lease the acquired lease
   * @param generation the generation of the ledger
   */
  public Future<Void> restore(AuditStore.AcquiredLease lease, String generation) {
    LedgerPosition position = positions.position();
    return verified(auditStore.earlier(), position)
        .compose(
            settledTotals -> {
              metrics.restore(generation, lease, settledTotals);
              counted = settledTotals.sum();
              lastCheckpoint = nanoTime.getAsLong();
              return chainSigner.open();
            });
  }

  /**
   * Runs one round. Blocks while the queue is flushed; must not be called on an event loop.
   *
   * @return fails when the ledger is unavailable; the next round continues where this one stopped
   */
  public Future<Void> round() {
    if (isOver) {
      return Future.succeededFuture(); // The next process compares the ledger with the last scrape.
    }
    long start = nanoTime.getAsLong();
    int last = ledgerSegments.roll();
    rolledAt.putIfAbsent(last, start);
    LedgerPosition position = positions.position(); // Before the suspicions, which it may raise.
    return (isSuspected() ? compareAgain(last, ledgerSegments.lastClosed(closed)) : read(position))
        .compose(
            read -> {
              if (isOver) {
                return Future.succeededFuture();
              }
              measureDrift();
              publishLag(last, start);
              metrics.roundTook(nanoTime.getAsLong() - start);
              return checkpointWhenDue(CHECKPOINT_INTERVAL);
            });
  }

  /**
   * Publishes the lag. Settlements that began before a roll are in the rolled segment or in earlier
   * ones.
   */
  private void publishLag(int last, long start) {
    if (closed >= last) {
      rolledAt.headMap(closed).clear();
      metrics.compared(start);
      return;
    }
    Map.Entry<Integer, Long> rolled = rolledAt.floorEntry(closed); // Scrapes roll segments, too.
    if (rolled != null) {
      rolledAt.headMap(rolled.getKey()).clear();
      metrics.compared(rolled.getValue());
    }
  }

  /** Runs the last round, and writes a checkpoint. */
  public Future<Void> close() {
    return round()
        .compose(done -> isOver ? Future.succeededFuture() : checkpointWhenDue(Duration.ZERO));
  }

  /**
   * Reads what was committed.
   *
   * @param position a renewal after which the ledger was not suspected: what is read from a ledger
   *     that has gone back since then is not used
   */
  private Future<Void> read(LedgerPosition position) {
    int last = ledgerSegments.lastClosed(closed);
    if (last == closed) {
      return Future.succeededFuture();
    }
    metrics.flush(); // Applies the observations of committed settlements, which are queued.
    return verified(auditStore.segments(closed + 1, last), position)
        .map(
            settledTotals -> {
              metrics.close(last, settledTotals);
              counted = counted.plus(settledTotals.sum());
              closed = last;
              return null;
            });
  }

  private Future<AuditStore.SettledTotals> verified(
      Future<AuditStore.SettledTotals> read, LedgerPosition position) {
    return read.compose(
        settledTotals -> auditStore.verify(position).map(verified -> settledTotals));
  }

  private boolean isSuspected() {
    return positions.suspicions() != refuted;
  }

  /**
   * Compares the whole ledger with what was counted, as soon as the settlements are complete that
   * had begun when the suspicion arose: their rows may be missing, too.
   *
   * @param rolled the last segment in which such settlements have begun
   */
  private Future<Void> compareAgain(int rolled, int last) {
    if (suspectedUpTo == null) {
      suspectedUpTo = rolled;
    }
    if (last < suspectedUpTo) {
      return Future.succeededFuture();
    }
    int suspicion = positions.suspicions();
    LedgerPosition now = positions.position();
    metrics.flush(); // Applies the observations of committed settlements, which are queued.
    String counted = metrics.counted(last);
    return auditStore
        .reread(last)
        .compose(
            reread -> {
              Missing missing = metrics.missing(counted, null, reread.totals(), reread.later());
              if (!missing.isNothing()) {
                return wentBack(
                    "%d rows with %d cents that were counted are missing: %s"
                        .formatted(missing.rows(), missing.cents(), missing.series()));
              }
              if (!reread.position().isOnSameTimeline(now)) {
                return Future.succeededFuture(); // It has moved again.
              }
              positions.compared(suspicion);
              return compareWithGateways(suspicion, now);
            });
  }

  private Future<Void> compareWithGateways(int suspicion, LedgerPosition now) {
    return lossReaction
        .lacksCharges()
        .compose(
            lacksCharges -> {
              if (lacksCharges) {
                return wentBack("payments that were charged are missing");
              }
              log.info("The ledger is at {}; nothing was lost", now);
              refuted = suspicion;
              suspectedUpTo = null;
              return Future.succeededFuture();
            });
  }

  private Future<Void> wentBack(String evidence) {
    isOver = true;
    lossReaction.wentBack(new LedgerWentBackException(evidence));
    return Future.succeededFuture();
  }

  private void measureDrift() {
    Map<String, Long> now = metrics.measureDrift();
    if (!now.equals(drift) && now.values().stream().anyMatch(distance -> distance != 0)) {
      log.error("Metrics differ from the ledger: {}", now);
    }
    drift = now;
  }

  private Future<Void> checkpointWhenDue(Duration interval) {
    long now = nanoTime.getAsLong();
    if (isSuspected() || closed == checkpointed || now - lastCheckpoint < interval.toNanos()) {
      return Future.succeededFuture();
    }
    int segment = closed;
    String totals = metrics.totals();
    return auditStore
        .checkpoint(segment, totals, counted, positions.position())
        .onSuccess(
            stored -> {
              checkpointed = segment;
              counted = AuditStore.Sum.ZERO;
              lastCheckpoint = now;
            })
        .compose(chainSigner::continued);
  }
}
