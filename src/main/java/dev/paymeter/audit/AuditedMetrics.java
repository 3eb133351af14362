package dev.paymeter.audit;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Port: the counted values that the audit compares with the ledger. Called from one thread at a
 * time; may block for as long as a scrape takes.
 */
public interface AuditedMetrics {
  /**
   * Creates the audited families with what earlier processes of the instance counted. Scrapes do
   * not show the families before this.
   *
   * @param generation the generation of the ledger
   * @param lease the lease, with the totals of the last checkpoint
   * @param earlier what was settled after that checkpoint
   * @throws IllegalArgumentException if the totals are of another version; nothing is created then
   */
  void restore(String generation, AuditStore.AcquiredLease lease, AuditStore.SettledTotals earlier);

  /** Applies all observations that were recorded before the call. */
  void flush();

  /** Replaces what was counted in the segments up to {@code last} by the ledger's entries. */
  void close(int last, AuditStore.SettledTotals settledTotals);

  /**
   * Compares what a scrape shows with the ledger, up to the last closed segment, and with what was
   * counted in later segments. Publishes the result.
   *
   * @return by family, the sum of the absolute differences of all its series
   */
  Map<String, Long> measureDrift();

  /**
   * Publishes up to which moment everything is compared.
   *
   * @param nanos on the audit's monotonic clock
   */
  void compared(long nanos);

  /** Publishes the end of the hash chain. */
  void chained(ChainHead head);

  /** Reports that the hash chain is not the one that was published before. */
  void chainReplaced();

  /** Publishes the duration of a round. */
  void roundTook(long nanos);

  /** Returns the totals of earlier processes and of the closed segments, for a checkpoint. */
  String totals();

  /** Returns the totals of what was counted up to a segment, whether it is closed or not. */
  String counted(int last);

  /**
   * Returns what the ledger lacks.
   *
   * @param counted totals that the ledger contained; null if they are not known
   * @param baseline the baseline of the exposed values, which are never negative; null for none
   * @param totals the totals of the ledger's checkpoint; null before the first one
   * @param later what was settled after that checkpoint
   */
  Missing missing(
      @Nullable String counted,
      @Nullable String baseline,
      @Nullable String totals,
      AuditStore.SettledTotals later);

  /** Returns the baseline with which each series starts at zero; null if the totals are zero. */
  @Nullable String zeroBaseline(@Nullable String totals, AuditStore.SettledTotals later);
}
