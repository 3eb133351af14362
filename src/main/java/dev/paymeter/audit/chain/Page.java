package dev.paymeter.audit.chain;

import dev.paymeter.audit.ChainHead;
import dev.paymeter.payment.port.LedgerCut;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * A page of an instance's chain: a range of closed segments, as stored. Hashes are in hexadecimal.
 *
 * @param from the first segment
 * @param to the last segment
 * @param generation the generation of the ledger when the page was closed
 * @param rows payments, business events and errors that were counted
 * @param cents the sum of their amounts in US cents
 * @param previous the chain before the first row
 * @param chain the chain after the last row
 * @param accepted the chain of the rows that an operator has accepted instead, with an
 *     acknowledgement; empty if none was
 * @param signed the last signed head in the page; empty if there is none
 */
public record Page(
    String instanceId,
    LedgerCut from,
    LedgerCut to,
    String generation,
    long rows,
    BigDecimal cents,
    String previous,
    String chain,
    Optional<String> accepted,
    Optional<ChainHead.Signed> signed) {
  /** Returns whether a segment is in the page. */
  boolean contains(LedgerCut segment) {
    return from.compareTo(segment) <= 0 && segment.compareTo(to) <= 0;
  }
}
