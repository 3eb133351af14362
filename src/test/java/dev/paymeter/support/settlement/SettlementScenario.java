package dev.paymeter.support.settlement;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A ledger's history, its settlement file, and the discrepancies between both. Whatever is not
 * listed as planted is honest.
 *
 * <p>The file's lines are of its days only. The history also has payments before and after them,
 * and those of another gateway.
 */
public record SettlementScenario(
    SettlementPlan plan,
    List<LedgerPayment> payments,
    List<LedgerRefund> refunds,
    List<LedgerDispute> disputes,
    List<FileLine> lines,
    List<Planted> planted,
    List<NearMiss> nearMisses) {

  /** The agreed tariff of all payments, as {@code --tariff} states it. */
  public static final String TARIFF = Tariff.OPTION;

  /** Returns the reference at the gateway for each of an entry's references, in the ledger. */
  public Map<String, String> canonicalReferences() {
    Map<String, String> canonical = new HashMap<>();
    for (LedgerPayment payment : payments) {
      canonical.put(payment.transactionId(), payment.gatewayReference());
      canonical.put(payment.gatewayReference(), payment.gatewayReference());
    }
    for (LedgerRefund refund : refunds) {
      canonical.put(refund.reference(), refund.gatewayReference());
      canonical.put(refund.gatewayReference(), refund.gatewayReference());
    }
    disputes.forEach(dispute -> canonical.put(dispute.reference(), dispute.reference()));
    return canonical;
  }
}
