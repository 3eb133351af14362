package dev.paymeter.audit.chain;

import dev.paymeter.payment.port.LedgerCut;
import java.time.Instant;

/**
 * The end of a chain in a scrape.
 *
 * @param number as {@link dev.paymeter.audit.ChainHead#number}
 * @param at when it was first scraped
 */
public record ScrapedHead(
    String instanceId, String generation, LedgerCut cut, long number, Instant at) {}
