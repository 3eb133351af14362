package dev.paymeter.audit;

import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.RecordedCharge;
import java.time.Duration;
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
    Map<Series, Long> counted =
        settled.stream()
            .collect(
                Collectors.groupingBy(
                    payment -> series(payment, payment.status()),
                    HashMap::new,
                    Collectors.counting()));
    List<LostPayment> payments = new ArrayList<>();
    for (RecordedCharge charge : inOrderOfCounting(charges, recent)) {
      boolean isOwn =
          charge.instanceId().equals(instanceId) || recent.contains(charge.payment().id());
      Series series = series(charge.payment(), status(charge));
      boolean wasCounted =
          charge.conclusion().isPresent()
              && (witness.isEmpty()
                  || !isOwn
                  || counted.merge(series, 1L, Long::sum)
                      <= missing.count(series.family(), series.labels()));
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

  private static PaymentStatus status(RecordedCharge charge) {
    GatewayResult result = charge.result();
    if (charge.isCanceled()) {
      return PaymentStatus.VOIDED;
    }
    return result == null || result.error() == null ? PaymentStatus.SUCCESS : PaymentStatus.FAILED;
  }

  /** The series that counts payments once. */
  private record Series(String family, Map<String, String> labels) {}

  /** Returns the series in which a payment was counted. */
  private static Series series(Payment payment, PaymentStatus status) {
    return status == PaymentStatus.VOIDED
        ? new Series(Missing.EVENTS, Map.of("event", Authorization.VOID_EVENT))
        : new Series(
            Missing.PAYMENTS,
            Map.of(
                "status", status.label(),
                "gateway", payment.order().gateway(),
                "user_tier", payment.order().tier()));
  }

  /** Returns the payment to insert: with its conclusion, if it was counted. */
  public Payment payment() {
    return wasCounted
        ? charge.concluded(
            new Payment.Settlement(
                Duration.ZERO,
                charge.chargedAt(),
                charge.conclusion().map(GatewayResult::error).orElse(null),
                0))
        : charge.payment();
  }
}
