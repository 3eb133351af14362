package dev.paymeter.support.settlement;

/**
 * A discrepancy that a settlement file was given.
 *
 * @param reference as in the file; of an entry without a line, its reference at the gateway. {@link
 *     SettlementScenario#canonicalReferences} makes both comparable
 */
public record Planted(DiscrepancyKind kind, String reference) {}
