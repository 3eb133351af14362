package dev.paymeter.settlement;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The lines of one type with one reference.
 *
 * @param row null if the ledger lacks it
 * @param hasPayment whether the ledger has the payment that a refund or dispute names
 * @param earlier lines of files that were read before, without those that this file has, too
 * @param lines of this file, by number; at least one
 */
public record LineGroup(
    @Nullable LedgerRow row,
    boolean hasPayment,
    List<SettlementLine> earlier,
    List<SettlementLine> lines) {
  public LineGroup {
    earlier = List.copyOf(earlier);
    lines = List.copyOf(lines);
  }
}
