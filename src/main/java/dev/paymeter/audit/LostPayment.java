package dev.paymeter.audit;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.RecordedCharge;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A payment that the ledger lacks, or whose outcome it lacks.
 *
 * @param instanceId the instance that has counted it, or that counts it later
 * @param wasCounted whether the instance has counted it: then its row is settled, and is not
 *     counted again. Otherwise its outcome is unknown until the next inquiry
 */
public record LostPayment(RecordedCharge charge, String instanceId, boolean wasCounted) {

  /**
   * Finds out which payments their instances had counted. Those of the witness's own identity are
   * known from its counts: the payments that were counted last, then those that were charged first.
   * All others that the gateway has concluded are taken for counted.
   *
   * @param settled other payments that the identity had counted
   * @param missing what the ledger lacks of the identity's counts
   * @param witness empty if it is not known what the identity had counted
   */
  static List<LostPayment> of(
      List<RecordedCharge> charges,
      List<Payment> settled,
      String instanceId,
      Missing missing,
      Optional<Witness> witness) {
    Set<UUID> recent = witness.map(Witness::recent).map(Set::copyOf).orElse(Set.of());
    Map<Map<String, String>, Long> counted =
        settled.stream()
            .collect(
                Collectors.groupingBy(
                    payment -> labels(payment, payment.status()),
                    HashMap::new,
                    Collectors.counting()));
    List<LostPayment> payments = new ArrayList<>();
    for (RecordedCharge charge : inOrderOfCounting(charges, recent)) {
      boolean isOwn =
          charge.instanceId().equals(instanceId) || recent.contains(charge.payment().id());
      Map<String, String> labels = labels(charge.payment(), status(charge));
      boolean wasCounted =
          isConcluded(charge)
              && (witness.isEmpty()
                  || !isOwn
                  || counted.merge(labels, 1L, Long::sum)
                      <= missing.count(Missing.PAYMENTS, labels));
      payments.add(new LostPayment(charge, isOwn ? instanceId : charge.instanceId(), wasCounted));
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

  private static PaymentStatus status(RecordedCharge charge) {
    GatewayResult result = charge.result();
    return result == null || result.error() == null ? PaymentStatus.SUCCESS : PaymentStatus.FAILED;
  }

  /** Returns the labels under which a payment was counted. */
  private static Map<String, String> labels(Payment payment, PaymentStatus status) {
    return Map.of(
        "status", status.label(),
        "gateway", payment.order().gateway(),
        "user_tier", payment.order().tier());
  }
}
