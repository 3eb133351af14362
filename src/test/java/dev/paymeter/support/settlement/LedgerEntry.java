package dev.paymeter.support.settlement;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Money that a settlement file should state, by the ledger.
 *
 * @param reference at the gateway
 * @param amount signed, as in the file
 * @param at when the ledger settled it
 */
record LedgerEntry(
    String reference,
    String type,
    BigDecimal amount,
    String currency,
    Instant createdAt,
    @Nullable Instant unknownSince,
    Instant at) {

  /** Returns the entries of a scenario's gateway. */
  static List<LedgerEntry> of(SettlementScenario scenario) {
    List<LedgerEntry> entries = new ArrayList<>();
    Map<UUID, String> currencies = new HashMap<>();
    for (LedgerPayment payment : scenario.payments()) {
      currencies.put(payment.id(), payment.currency());
      Instant settledAt = payment.settledAt();
      if (settledAt != null
          && payment.status().equals("success")
          && payment.gateway().equals(scenario.plan().gateway())) {
        entries.add(
            new LedgerEntry(
                payment.gatewayReference(),
                "payment",
                payment.amount(),
                payment.currency(),
                payment.createdAt(),
                payment.unknownSince(),
                settledAt));
      }
    }
    for (LedgerRefund refund : scenario.refunds()) {
      if (refund.status().equals("success")) {
        String currency = currencies.get(refund.paymentId());
        entries.add(of(refund, currency, "refund", refund.amount().negate(), refund.settledAt()));
        Instant failedAt = refund.failedAt();
        if (failedAt != null) {
          entries.add(of(refund, currency, "refund_failed", refund.amount(), failedAt));
        }
      }
    }
    for (LedgerDispute dispute : scenario.disputes()) {
      if (dispute.hasWithdrawn()) {
        entries.add(of(dispute, "dispute", dispute.amount().negate(), dispute.createdAt()));
      }
      if (dispute.status().equals("won")) {
        entries.add(of(dispute, "dispute_won", dispute.amount(), dispute.changedAt()));
      }
    }
    return entries;
  }

  private static LedgerEntry of(
      LedgerRefund refund, String currency, String type, BigDecimal amount, Instant at) {
    return new LedgerEntry(
        refund.gatewayReference(), type, amount, currency, refund.createdAt(), null, at);
  }

  private static LedgerEntry of(LedgerDispute dispute, String type, BigDecimal amount, Instant at) {
    return new LedgerEntry(
        dispute.reference(), type, amount, dispute.currency(), dispute.createdAt(), null, at);
  }
}
