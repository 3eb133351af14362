package dev.paymeter.metrics.proof;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.ProofStore;
import dev.paymeter.metrics.alerts.SeriesSelector;
import dev.paymeter.metrics.audited.LedgerValues;
import dev.paymeter.metrics.proof.InstanceProof.SeriesProof;
import dev.paymeter.payment.port.LedgerCut;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Comparison of samples with the rows of the ledger. Safe from any thread. */
public final class Prover {
  /** Selects numbers and amounts of payments and business events. */
  public static final String MONEY =
      "{__name__=~\"payment_requests_total|payment_amount_usd_count|payment_amount_usd_sum"
          + "|business_events_usd_count|business_events_usd_sum\"}";

  private final ProofStore proofStore;

  public Prover(ProofStore proofStore) {
    this.proofStore = proofStore;
  }

  /**
   * Receiver of the rows behind samples.
   *
   * @see #rows
   */
  public interface RowReceiver {
    /**
     * @param value what the row adds to the sample
     */
    void accept(ProofStore.SettledRow row, Sample sample, BigDecimal value);
  }

  /**
   * Compares the samples of a scrape with all rows of its instance up to its cut.
   *
   * @return fails with {@link IllegalArgumentException} if the ledger does not have the instance or
   *     the cut
   */
  public Future<InstanceProof> prove(Scrape scrape) {
    return prove(null, scrape);
  }

  /**
   * Returns the values that follow from the rows of an instance: what a scrape with the cut shows,
   * or the increase between two cuts. Series without rows are left out.
   *
   * @return fails as {@link #prove(Scrape)}
   */
  public Future<InstanceProof> values(
      String instanceId, LedgerCut after, LedgerCut upTo, SeriesSelector selector) {
    return instance(instanceId, upTo)
        .compose(
            instance ->
                proofStore
                    .totals(instanceId, after, upTo)
                    .map(rows -> proof(instance, after, upTo, rows, selector)));
  }

  private static InstanceProof proof(
      ProofStore.Instance instance,
      LedgerCut after,
      LedgerCut upTo,
      AuditStore.SettledTotals rows,
      SeriesSelector selector) {
    LedgerValues values = new LedgerValues();
    values.add(rows);
    LedgerValues baseline = baseline(instance, after);
    List<SeriesProof> series =
        values.names().stream()
            .filter(name -> selector.matches(name.name(), name.labels()))
            .map(
                name -> {
                  BigDecimal ledger = values.value(name.name(), name.labels());
                  BigDecimal added = baseline.value(name.name(), name.labels());
                  BigDecimal shown = ledger.add(added);
                  Sample sample = new Sample(name.name(), name.labels(), shown.doubleValue());
                  return new SeriesProof(
                      sample, shown, values.rows(name.name(), name.labels()), ledger, added);
                })
            .toList();
    return new InstanceProof(
        instance.instanceId(),
        instance.generation() == null ? "" : instance.generation(),
        after,
        upTo,
        instance.isRunning(),
        series,
        null);
  }

  /** Returns what exposed values contain besides the rows; increases contain nothing else. */
  private static LedgerValues baseline(ProofStore.Instance instance, LedgerCut after) {
    LedgerValues baseline = new LedgerValues();
    if (after.equals(LedgerCut.ZERO) && instance.baseline() != null) {
      baseline.addBaseline(instance.baseline());
    }
    return baseline;
  }

  /** Returns an instance whose rows up to a cut are in the ledger. */
  private Future<ProofStore.Instance> instance(String instanceId, LedgerCut upTo) {
    return proofStore
        .instances()
        .compose(
            instances -> {
              ProofStore.Instance instance = instances.get(instanceId);
              return instance == null || instance.epoch() < upTo.epoch()
                  ? Future.failedFuture(unknown(instanceId, upTo, instance))
                  : Future.succeededFuture(instance);
            });
  }

  /**
   * Compares the increase between two scrapes with the rows of the instance between their cuts.
   *
   * @param from the first scrape; null for everything since the instance began
   * @return fails as {@link #prove(Scrape)}, and if {@code from} is the later one
   */
  public Future<InstanceProof> prove(@Nullable Scrape from, Scrape to) {
    LedgerCut after = from == null ? LedgerCut.ZERO : from.cut();
    if (after.compareTo(to.cut()) > 0) {
      return Future.failedFuture(
          new IllegalArgumentException(
              "expected a cut from %s on, found %s".formatted(after, to.cut())));
    }
    return instance(to.instanceId(), to.cut())
        .compose(
            instance ->
                proofStore
                    .totals(to.instanceId(), after, to.cut())
                    .map(rows -> proof(instance, from, to, after, rows)));
  }

  private static IllegalArgumentException unknown(
      String instanceId, LedgerCut cut, ProofStore.@Nullable Instance instance) {
    return new IllegalArgumentException(
        "expected process %d of instance %s or a later one, found %s"
            .formatted(
                cut.epoch(),
                instanceId,
                instance == null ? "no such instance" : "process " + instance.epoch()));
  }

  private static InstanceProof proof(
      ProofStore.Instance instance,
      @Nullable Scrape from,
      Scrape to,
      LedgerCut after,
      AuditStore.SettledTotals rows) {
    LedgerValues values = new LedgerValues();
    values.add(rows);
    LedgerValues baseline = baseline(instance, after);
    Map<String, Sample> before =
        from == null
            ? Map.of()
            : from.samples().stream().collect(Collectors.toMap(Prover::key, Function.identity()));
    List<SeriesProof> series =
        to.samples().stream()
            .map(
                sample ->
                    new SeriesProof(
                        sample,
                        increase(before.get(key(sample)), sample),
                        values.rows(sample.name(), sample.labels()),
                        values.value(sample.name(), sample.labels()),
                        baseline.value(sample.name(), sample.labels())))
            .toList();
    return new InstanceProof(
        to.instanceId(),
        to.generation(),
        after,
        to.cut(),
        instance.isRunning(),
        series,
        note(instance, from, to));
  }

  /** Identifies the series of a sample: another pod may have the instance by now. */
  private static String key(Sample sample) {
    return sample.withoutTarget().series();
  }

  private static BigDecimal increase(@Nullable Sample from, Sample to) {
    BigDecimal last = LedgerValues.exact(to.name(), to.value());
    return from == null ? last : last.subtract(LedgerValues.exact(from.name(), from.value()));
  }

  private static @Nullable String note(
      ProofStore.Instance instance, @Nullable Scrape from, Scrape to) {
    if (from != null && !from.generation().equals(to.generation())) {
      return "the ledger went back between the samples, from generation %s to %s"
          .formatted(from.generation(), to.generation());
    } else if (!to.generation().equals(instance.generation())) {
      return "the ledger has gone back since the sample, from generation %s to %s"
          .formatted(to.generation(), instance.generation());
    } else if (!to.isComplete() || (from != null && !from.isComplete())) {
      return "settlements were in progress for long, or a process had just started,"
          + " when the sample was taken";
    }
    return null;
  }

  /** Reads the rows behind the samples of a proof, and what each adds to a sample. */
  public Future<Void> rows(InstanceProof proof, RowReceiver receiver) {
    LedgerValues values = new LedgerValues();
    return proofStore.rows(
        proof.instanceId(),
        proof.after(),
        proof.upTo(),
        row -> {
          for (SeriesProof series : proof.series()) {
            Sample sample = series.sample();
            values
                .valueOf(row.totals(), sample.name(), sample.labels())
                .ifPresent(value -> receiver.accept(row, sample, value));
          }
        });
  }
}
