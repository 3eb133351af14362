package dev.paymeter.audit;

import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.RecordedCharge;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A payment that the ledger lacks.
 *
 * @param wasCounted whether its instance has counted it: then its row is settled, and is not
 *     counted again. Otherwise its outcome is unknown until the next inquiry
 */
public record LostPayment(RecordedCharge charge, boolean wasCounted) {

  /**
   * Finds out which payments their instances had counted. Those of the witness's own identity are
   * known from its counts: the payments that were counted last, then those that were charged first.
   * All others that the gateway has concluded are taken for counted.
   *
   * @param missing what the ledger lacks of the identity's counts
   * @param witness empty if it is not known what the identity had counted
   */
  static List<LostPayment> of(
      List<RecordedCharge> charges, String instanceId, Missing missing, Optional<Witness> witness) {
    Set<UUID> recent = new HashSet<>(witness.map(Witness::recent).orElse(List.of()));
    Map<Map<String, String>, Long> counted = new HashMap<>();
    List<LostPayment> payments = new ArrayList<>();
    for (RecordedCharge charge : inOrderOfCounting(charges, recent)) {
      boolean isOfWitness = witness.isPresent() && charge.instanceId().equals(instanceId);
      Map<String, String> labels = labels(charge);
      boolean wasCounted =
          isConcluded(charge)
              && (!isOfWitness
                  || counted.merge(labels, 1L, Long::sum)
                      <= missing.count(Missing.PAYMENTS, labels));
      payments.add(new LostPayment(charge, wasCounted));
    }
    return payments;
  }

  private static List<RecordedCharge> inOrderOfCounting(
      List<RecordedCharge> charges, Set<UUID> recent) {
    return charges.stream()
        .sorted(
            Comparator.<RecordedCharge, Boolean>comparing(
                    charge -> !recent.contains(charge.payment().id()))
                .thenComparing(RecordedCharge::chargedAt))
        .toList();
  }

  private static boolean isConcluded(RecordedCharge charge) {
    return charge.result() instanceof GatewayResult.Approved
        || charge.result() instanceof GatewayResult.Rejected;
  }

  /** Returns the labels under which the payment was counted. */
  private static Map<String, String> labels(RecordedCharge charge) {
    GatewayResult result = charge.result();
    PaymentStatus status =
        result == null || result.error() == null ? PaymentStatus.SUCCESS : PaymentStatus.FAILED;
    return Map.of(
        "status", status.label(),
        "gateway", charge.payment().order().gateway(),
        "user_tier", charge.payment().order().tier());
  }
}
