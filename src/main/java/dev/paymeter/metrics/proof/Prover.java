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
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Comparison of samples with the rows of the ledger. Safe from any thread. */
public final class Prover {
  /** Selects numbers and amounts of payments and business events. */
  public static final String MONEY =
      "{__name__=~\"payment_requests_total|payment_amount_usd_count|payment_amount_usd_sum"
          + "|business_events_usd_count|business_events_usd_sum\"}";

  /** Selects nothing: only the samples are compared. */
  private static final BiPredicate<String, Map<String, String>> NONE = (name, labels) -> false;

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
    return prove(null, scrape, NONE);
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
                  BigDecimal shown =
                      values
                          .value(name.name(), name.labels())
                          .add(baseline.value(name.name(), name.labels()));
                  return proof(
                      new Sample(name.name(), name.labels(), shown.doubleValue()),
                      shown,
                      values,
                      baseline);
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
        .instance(instanceId)
        .compose(
            found ->
                found
                    .filter(instance -> instance.epoch() >= upTo.epoch())
                    .map(Future::succeededFuture)
                    .orElseGet(
                        () -> Future.failedFuture(unknown(instanceId, upTo, found.orElse(null)))));
  }

  /**
   * Compares the increase between two scrapes with the rows of the instance between their cuts.
   *
   * @return fails as {@link #prove(Scrape)}, and if {@code from} is the later one
   */
  public Future<InstanceProof> prove(Scrape from, Scrape to) {
    return prove(from, to, NONE);
  }

  /**
   * Compares as {@link #prove(Scrape, Scrape)}. Series that have rows, and no sample, differ.
   *
   * @param from the first scrape; null for everything since the instance began
   * @param selector of the samples. If it selects by labels of targets, which rows do not have,
   *     only the samples are compared
   */
  public Future<InstanceProof> prove(@Nullable Scrape from, Scrape to, SeriesSelector selector) {
    return prove(from, to, selector::matches);
  }

  private Future<InstanceProof> prove(
      @Nullable Scrape from, Scrape to, BiPredicate<String, Map<String, String>> selector) {
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
                    .map(rows -> proof(instance, new Compared(from, to, selector), after, rows)));
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

  /** Scrapes that are compared, and the selector of their samples. */
  private record Compared(
      @Nullable Scrape from, Scrape to, BiPredicate<String, Map<String, String>> selector) {}

  /**
   * The baseline of an earlier generation is not in the ledger: it was that of now, or there was
   * none.
   */
  private static InstanceProof proof(
      ProofStore.Instance instance,
      Compared compared,
      LedgerCut after,
      AuditStore.SettledTotals rows) {
    InstanceProof proof = proof(instance, compared, after, rows, baseline(instance, after));
    if (!proof.isEqual() && !compared.to.generation().equals(instance.generation())) {
      InstanceProof without = proof(instance, compared, after, rows, new LedgerValues());
      return without.isEqual() ? without : proof;
    }
    return proof;
  }

  private static InstanceProof proof(
      ProofStore.Instance instance,
      Compared compared,
      LedgerCut after,
      AuditStore.SettledTotals rows,
      LedgerValues baseline) {
    LedgerValues values = new LedgerValues();
    values.add(rows);
    Scrape to = compared.to;
    Map<String, Sample> before =
        compared.from == null
            ? Map.of()
            : compared.from.samples().stream()
                .collect(
                    Collectors.toMap(
                        Prover::key,
                        Function.identity(),
                        (one, other) -> one.value() > other.value() ? one : other));
    List<Sample> missing = missing(compared, values);
    List<SeriesProof> series =
        Stream.concat(
                to.samples().stream()
                    .map(
                        sample ->
                            proof(
                                sample,
                                increase(before.get(key(sample)), sample),
                                values,
                                baseline)),
                missing.stream().map(sample -> proof(sample, BigDecimal.ZERO, values, baseline)))
            .toList();
    return new InstanceProof(
        to.instanceId(),
        to.generation(),
        after,
        to.cut(),
        instance.isRunning(),
        series,
        note(instance, compared.from, to));
  }

  private static SeriesProof proof(
      Sample sample, BigDecimal shown, LedgerValues values, LedgerValues baseline) {
    return new SeriesProof(
        sample,
        shown,
        values.rows(sample.name(), sample.labels()),
        values.value(sample.name(), sample.labels()),
        baseline.value(sample.name(), sample.labels()));
  }

  /** Returns the series of selected rows that have no sample, each with zero. */
  private static List<Sample> missing(Compared compared, LedgerValues values) {
    Set<String> found = compared.to.samples().stream().map(Prover::key).collect(Collectors.toSet());
    return values.names().stream()
        .filter(name -> compared.selector.test(name.name(), name.labels()))
        .filter(name -> values.rows(name.name(), name.labels()) > 0)
        .map(name -> new Sample(name.name(), name.labels(), 0))
        .filter(sample -> !found.contains(key(sample)))
        .toList();
  }

  /**
   * Identifies the series of a sample: another pod may have the instance by now, and whole bounds
   * of buckets are written with a decimal or without it.
   */
  private static String key(Sample sample) {
    return sample.withoutTarget().series().replaceFirst("le=\"(\\d+)\\.0+\"", "le=\"$1\"");
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
      return "settlements took long when the sample was taken; if the process was killed then,"
          + " their rows may be before the cut";
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
