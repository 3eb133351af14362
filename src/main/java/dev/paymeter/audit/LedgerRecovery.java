package dev.paymeter.audit;

import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.RecordedCharge;
import dev.paymeter.payment.port.RefundLedger;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The comparison of the ledger, at the start, with what the last scrape showed and with the records
 * of the gateways. If the ledger lacks something, it went back: a generation begins, payments that
 * the gateways have on record are inserted again, outcomes are settled again, and counters start at
 * zero, so that Prometheus adds nothing that it has added before. Used once; {@link #run} may be
 * repeated after a failure.
 */
public final class LedgerRecovery {
  private static final Logger log = LoggerFactory.getLogger(LedgerRecovery.class);

  private final AuditStore auditStore;
  private final AuditedMetrics metrics;
  private final GenerationStore generationStore;
  private final LostCharges lostCharges;
  private final LostOutcomes lostOutcomes;
  private final Duration searchWindow;
  private final String instanceId;
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

  /** The state of the ledger, and what it lacks. */
  private record Found(
      AuditStore.AcquiredLease lease,
      GenerationStore.State state,
      AuditStore.SettledTotals earlier,
      Missing missing,
      LostCharges.Found charges,
      LostOutcomes.Found outcomes) {
    List<RecordedCharge> lost() {
      return charges.absent();
    }

    boolean isComplete() {
      return missing.isNothing() && lost().isEmpty();
    }
  }

  /**
   * Ports with which what is lost is searched for, and written again.
   *
   * @param paymentGateway the gateways, which have their charges on record
   * @param payments settles payments that lost their outcome; likewise {@code refunds}
   */
  public record Ports(
      PaymentGateway paymentGateway,
      PaymentLedger payments,
      RefundLedger refunds,
      GenerationStore generationStore,
      Clock clock) {}

  /**
   * @param searchWindow how long before the newest payment the search begins
   * @param witness the last scrape of the identity; empty if it is not known
   */
  public LedgerRecovery(
      AuditStore auditStore,
      AuditedMetrics metrics,
      Ports ports,
      Duration searchWindow,
      String instanceId,
      Optional<Witness> witness) {
    this.auditStore = auditStore;
    this.metrics = metrics;
    this.generationStore = ports.generationStore();
    this.lostCharges = new LostCharges(ports.paymentGateway(), generationStore, counted(witness));
    this.lostOutcomes = new LostOutcomes(ports);
    this.searchWindow = searchWindow;
    this.instanceId = instanceId;
    this.witness = witness;
  }

  private static Set<UUID> counted(Optional<Witness> witness) {
    return witness.map(Witness::recent).map(Set::copyOf).orElse(Set.of());
  }

  /** Compares the ledger. Called when the lease is acquired, before anything is exposed. */
  public Future<Resumed> run(AuditStore.AcquiredLease lease) {
    return generationStore
        .state()
        .compose(state -> auditStore.earlier().compose(earlier -> compare(lease, state, earlier)))
        .compose(found -> found.isComplete() ? resume(found) : recover(found));
  }

  private Future<Found> compare(
      AuditStore.AcquiredLease lease,
      GenerationStore.State state,
      AuditStore.SettledTotals earlier) {
    Missing missing = missing(lease, state, earlier);
    boolean hasLostOutcomes = !missing.isNothing() && witness(state).isPresent();
    return search(state.newest(), missing, hasLostOutcomes)
        .compose(
            charges ->
                (hasLostOutcomes
                        ? outcomes(charges)
                        : Future.succeededFuture(LostOutcomes.Found.NOTHING))
                    .map(outcomes -> new Found(lease, state, earlier, missing, charges, outcomes)));
  }

  /** Asks about outcomes of which the search found no record. */
  private Future<LostOutcomes.Found> outcomes(LostCharges.Found charges) {
    Set<UUID> others = new HashSet<>(counted(witness));
    charges.unsettled().forEach(charge -> others.remove(charge.payment().id()));
    return lostOutcomes.find(others).recover(failure -> Future.failedFuture(unsearchable(failure)));
  }

  /** Another ledger lacks everything that the last scrape showed. */
  private Missing missing(
      AuditStore.AcquiredLease lease,
      GenerationStore.State state,
      AuditStore.SettledTotals earlier) {
    String scraped = witness.map(Witness::totals).orElse(null);
    return witness.isPresent() && witness(state).isEmpty()
        ? metrics.missing(scraped, null, null, AuditStore.SettledTotals.NONE)
        : metrics.missing(scraped, lease.baseline(), lease.totals(), earlier);
  }

  /** Returns the witness of this ledger; a ledger with another id is another one. */
  private Optional<Witness> witness(GenerationStore.State state) {
    return witness.filter(last -> last.ledger().equals(state.ledger()));
  }

  /**
   * Searches for lost payments. A gateway that does not respond delays the start only if the ledger
   * is known to lack something.
   *
   * @param isForOutcomes whether payments may have lost their outcome only: their rows are older
   *     than the state that the ledger went back to
   */
  private Future<LostCharges.Found> search(Instant newest, Missing missing, boolean isForOutcomes) {
    return lostCharges
        .search(newest.minus(searchWindow), isForOutcomes)
        .recover(
            failure -> {
              if (missing.isNothing() && !(failure instanceof LedgerUnavailableException)) {
                log.warn("Cannot search for lost payments at the gateways", failure);
                return Future.succeededFuture(LostCharges.Found.NOTHING);
              }
              return Future.failedFuture(unsearchable(failure));
            });
  }

  private static LedgerUnavailableException unsearchable(Throwable failure) {
    return failure instanceof LedgerUnavailableException unavailable
        ? unavailable
        : new LedgerUnavailableException(
            "the ledger went back, and lost payments cannot be searched for at the gateways",
            failure);
  }

  /** Returns whether a gateway has charged payments that the ledger of a running process lacks. */
  public Future<Boolean> lacksCharges() {
    return generationStore
        .state()
        .compose(state -> search(state.newest(), Missing.NOTHING, false))
        .map(charges -> !charges.absent().isEmpty());
  }

  private Future<Resumed> resume(Found found) {
    lastPosition(found)
        .ifPresent(
            last ->
                log.info(
                    "The ledger was at {}, and is at {}; nothing was lost",
                    last,
                    found.lease().position()));
    String generation = found.state().generation();
    return isContinued(found.state())
        ? resume(found, found.lease().baseline(), generation, false)
        : resume(found, zeroBaseline(found, found.earlier()), generation, true);
  }

  /**
   * Returns whether the counters can continue. They cannot without a witness of this ledger if
   * another instance has found that it went back.
   */
  private boolean isContinued(GenerationStore.State state) {
    String last = state.lastGeneration();
    return witness(state).isPresent()
        || (witness.isEmpty() && (last == null || last.equals(state.generation())));
  }

  private @Nullable String zeroBaseline(Found found, AuditStore.SettledTotals earlier) {
    return metrics.zeroBaseline(found.lease().totals(), earlier);
  }

  /** Returns where the ledger was seen last; empty if it has not moved since then. */
  private Optional<LedgerPosition> lastPosition(Found found) {
    return witness(found.state())
        .map(Witness::position)
        .filter(last -> !last.precedes(found.lease().position()));
  }

  private Future<Resumed> recover(Found found) {
    List<LostPayment> payments = lostPayments(found);
    boolean isReset =
        !found.missing().isNothing()
            || payments.stream().anyMatch(this::isCountedHere)
            || !isContinued(found.state());
    return begin(found, payments)
        .compose(
            generation ->
                lostOutcomes
                    .settle(found.outcomes())
                    .compose(
                        settled ->
                            generationStore.recover(generation, found.lease().epoch(), payments))
                    .compose(recovered -> auditStore.earlier())
                    .compose(earlier -> conclude(found, generation, earlier, isReset)));
  }

  /** Returns what to recover. Inquiries settle rows whose payments were not counted. */
  private List<LostPayment> lostPayments(Found found) {
    List<RecordedCharge> charges = new ArrayList<>(found.lost());
    charges.addAll(found.charges().unsettled());
    return LostPayment.of(
            charges,
            found.outcomes().payments(),
            instanceId,
            found.missing(),
            witness(found.state()))
        .stream()
        .filter(payment -> payment.wasCounted() || found.lost().contains(payment.charge()))
        .toList();
  }

  private boolean isCountedHere(LostPayment payment) {
    return payment.wasCounted() && payment.instanceId().equals(instanceId);
  }

  /**
   * @param earlier with the recovered payments
   */
  private Future<Resumed> conclude(
      Found found, String generation, AuditStore.SettledTotals earlier, boolean isReset) {
    Missing missing = missing(found.lease(), found.state(), earlier);
    missing.series().forEach(series -> log.error("Missing in the ledger: {}", series));
    String baseline = isReset ? zeroBaseline(found, earlier) : found.lease().baseline();
    return generationStore
        .lost(generation, missing.series())
        .compose(recorded -> resume(found, baseline, generation, isReset));
  }

  private Future<String> begin(Found found, List<LostPayment> payments) {
    if (begun != null) {
      return Future.succeededFuture(begun);
    }
    List<RecordedCharge> uncounted =
        payments.stream().filter(each -> !isCountedHere(each)).map(LostPayment::charge).toList();
    long rows = Math.max(found.missing().rows() + uncounted.size(), payments.size());
    long cents = Math.max(found.missing().cents() + cents(uncounted), cents(found.lost()));
    String evidence = evidence(found);
    log.error(
        "The ledger went back: it lacks {} rows with {} cents, of which {} payments were found at the"
            + " gateways. {}",
        rows,
        cents,
        payments.size(),
        evidence);
    return generationStore
        .begin(
            expected(found.state()),
            new GenerationStore.Loss(evidence, found.state().newest(), rows, cents))
        .onSuccess(generation -> begun = generation);
  }

  /** Describes where the ledger was seen last, and where it is. */
  private String evidence(Found found) {
    String now = "Ledger %s is at %s".formatted(found.state().ledger(), found.lease().position());
    return witness
        .map(last -> "%s; ledger %s was at %s".formatted(now, last.ledger(), last.position()))
        .orElse(now);
  }

  private static long cents(List<RecordedCharge> charges) {
    return charges.stream()
        .map(charge -> charge.payment().amountUsd())
        .reduce(BigDecimal.ZERO, BigDecimal::add)
        .movePointRight(2)
        .longValueExact();
  }

  /** Returns the generation that the identity has seen last. */
  private String expected(GenerationStore.State state) {
    String last = state.lastGeneration();
    return witness(state).map(Witness::generation).orElse(last == null ? state.generation() : last);
  }

  private Future<Resumed> resume(
      Found found, @Nullable String baseline, String generation, boolean isReset) {
    AuditStore.AcquiredLease lease = found.lease().withBaseline(baseline);
    boolean hasMoved = !found.isComplete() || lastPosition(found).isPresent();
    return generationStore
        .resume(lease, generation, hasMoved)
        .map(stored -> new Resumed(lease, found.state().ledger(), generation, isReset));
  }
}
