package dev.paymeter.audit;

import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Values of the ledger in a scrape.
 *
 * @param totals totals of what was settled under the identity, as in a checkpoint; any thread may
 *     call it
 * @param recent ids of the payments and refunds that were counted last
 */
public record ScrapedTotals(Supplier<String> totals, List<UUID> recent) {}
