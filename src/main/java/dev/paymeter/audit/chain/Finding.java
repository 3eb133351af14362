package dev.paymeter.audit.chain;

import dev.paymeter.payment.port.LedgerCut;
import org.jspecify.annotations.Nullable;

/**
 * A difference between a chain and the ledger.
 *
 * @param at the segment of the first row that differs, or the end of the page; null if unknown
 * @param row the kind and the key of that row; null if the difference is in no row
 */
public record Finding(
    Kind kind,
    String instanceId,
    @Nullable LedgerCut at,
    @Nullable String row,
    String description) {
  /** Kinds of differences. */
  public enum Kind {
    ROW_CHANGED,
    ROW_MISSING,
    ROW_INSERTED,
    PAGE_CHANGED,
    PAGE_MISSING,
    SIGNATURE,
    SCRAPE
  }
}
