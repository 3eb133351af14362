package dev.paymeter.audit;

import io.vertx.core.Future;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The comparison of the ledger, at the start, with what the last scrape showed. If the ledger lacks
 * something, it went back: a generation begins, and all counters start at zero, so that Prometheus
 * adds nothing that it has added before. Used once; {@link #run} may be repeated after a failure.
 */
public final class LedgerRecovery {
  private static final Logger log = LoggerFactory.getLogger(LedgerRecovery.class);

  private final AuditStore auditStore;
  private final AuditedMetrics metrics;
  private final GenerationStore generationStore;
  private final Optional<Witness> witness;

  /** The generation that this recovery has begun; null before. */
  private @Nullable String begun;

  /**
   * The result of a start.
   *
   * @param lease with the baseline for the exposed values
   * @param isReset whether all counters start at zero, although they did not before
   */
  public record Resumed(
      AuditStore.AcquiredLease lease, UUID ledger, String generation, boolean isReset) {}

  private record Found(
      AuditStore.AcquiredLease lease,
      GenerationStore.State state,
      AuditStore.SettledTotals earlier) {}

  /**
   * @param witness the last scrape of the identity; empty if it is not known
   */
  public LedgerRecovery(
      AuditStore auditStore,
      AuditedMetrics metrics,
      GenerationStore generationStore,
      Optional<Witness> witness) {
    this.auditStore = auditStore;
    this.metrics = metrics;
    this.generationStore = generationStore;
    this.witness = witness;
  }

  /** Compares the ledger. Called when the lease is acquired, before anything is exposed. */
  public Future<Resumed> run(AuditStore.AcquiredLease lease) {
    return generationStore
        .state()
        .compose(
            state ->
                auditStore.earlier().compose(earlier -> compare(new Found(lease, state, earlier))));
  }

  private Future<Resumed> compare(Found found) {
    AuditStore.AcquiredLease lease = found.lease();
    Missing missing = missing(found);
    if (missing.isNothing()) {
      logMove(found);
      String generation = found.state().generation();
      return isContinued(found)
          ? resume(found, lease.baseline(), generation, false)
          : resume(found, zeroBaseline(found), generation, true);
    }
    return begin(found, missing)
        .compose(
            generation ->
                generationStore
                    .lost(generation, missing.series())
                    .compose(recorded -> resume(found, zeroBaseline(found), generation, true)));
  }

  /** Another ledger lacks everything that the last scrape showed. */
  private Missing missing(Found found) {
    AuditStore.AcquiredLease lease = found.lease();
    String scraped = witness.map(Witness::totals).orElse(null);
    return witness.isPresent() && witness(found).isEmpty()
        ? metrics.missing(scraped, null, null, AuditStore.SettledTotals.NONE)
        : metrics.missing(scraped, lease.baseline(), lease.totals(), found.earlier());
  }

  /** Returns the witness of this ledger; a ledger with another id is another one. */
  private Optional<Witness> witness(Found found) {
    return witness.filter(last -> last.ledger().equals(found.state().ledger()));
  }

  /**
   * Returns whether the counters can continue. They cannot without a witness of this ledger if
   * another instance has found that it went back.
   */
  private boolean isContinued(Found found) {
    String last = found.state().lastGeneration();
    return witness(found).isPresent()
        || (witness.isEmpty() && (last == null || last.equals(found.state().generation())));
  }

  private @Nullable String zeroBaseline(Found found) {
    return metrics.zeroBaseline(found.lease().totals(), found.earlier());
  }

  private void logMove(Found found) {
    LedgerPosition now = found.lease().position();
    witness(found)
        .map(Witness::position)
        .filter(last -> !last.precedes(now))
        .ifPresent(
            last -> log.info("The ledger was at {}, and is at {}; nothing was lost", last, now));
  }

  private Future<String> begin(Found found, Missing missing) {
    if (begun != null) {
      return Future.succeededFuture(begun);
    }
    String evidence = evidence(found);
    log.error(
        "The ledger went back: it lacks {} rows with {} cents that were counted; counters start at"
            + " zero. {}",
        missing.rows(),
        missing.cents(),
        evidence);
    missing.series().forEach(series -> log.error("Missing in the ledger: {}", series));
    GenerationStore.State state = found.state();
    String last = state.lastGeneration();
    String expected =
        witness(found).map(Witness::generation).orElse(last == null ? state.generation() : last);
    return generationStore
        .begin(
            expected,
            new GenerationStore.Loss(evidence, state.newest(), missing.rows(), missing.cents()))
        .onSuccess(generation -> begun = generation);
  }

  /** Describes where the ledger was seen last, and where it is. */
  private String evidence(Found found) {
    String now = "Ledger %s is at %s".formatted(found.state().ledger(), found.lease().position());
    return witness
        .map(last -> "%s; ledger %s was at %s".formatted(now, last.ledger(), last.position()))
        .orElse(now);
  }

  private Future<Resumed> resume(
      Found found, @Nullable String baseline, String generation, boolean isReset) {
    return generationStore
        .resume(found.lease().epoch(), baseline, generation)
        .map(
            stored ->
                new Resumed(
                    found.lease().withBaseline(baseline),
                    found.state().ledger(),
                    generation,
                    isReset));
  }
}
