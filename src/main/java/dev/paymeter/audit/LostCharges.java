package dev.paymeter.audit;

import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.RecordedCharge;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** The search for payments that the gateways have on record and the ledger lacks. */
final class LostCharges {
  private final PaymentGateway paymentGateway;
  private final GenerationStore generationStore;

  LostCharges(PaymentGateway paymentGateway, GenerationStore generationStore) {
    this.paymentGateway = paymentGateway;
    this.generationStore = generationStore;
  }

  /**
   * Returns lost payments, in no particular order. Omits those of other instances that recover
   * their own.
   *
   * @param since when the gateways received the first of them
   */
  Future<List<RecordedCharge>> search(Instant since) {
    List<RecordedCharge> lost = Collections.synchronizedList(new ArrayList<>());
    return paymentGateway
        .recordedCharges(since, page -> absent(page).map(lost::addAll).mapEmpty())
        .compose(read -> omitRecovering(lost));
  }

  /**
   * Returns payments of this instance that the gateways have on record, and that have no outcome in
   * the ledger: it may have lost the outcome.
   */
  Future<List<RecordedCharge>> unsettled(Instant since) {
    List<RecordedCharge> unsettled = Collections.synchronizedList(new ArrayList<>());
    return paymentGateway
        .recordedCharges(
            since,
            page ->
                generationStore
                    .unsettled(page)
                    .map(ids -> unsettled.addAll(withIds(page, ids)))
                    .mapEmpty())
        .map(read -> unsettled);
  }

  private Future<List<RecordedCharge>> absent(List<RecordedCharge> charges) {
    return generationStore.absent(charges).map(absent -> withIds(charges, absent));
  }

  private List<RecordedCharge> withIds(List<RecordedCharge> charges, Set<UUID> ids) {
    return charges.stream()
        .filter(charge -> ids.contains(id(charge)))
        .map(this::withAccount)
        .toList();
  }

  /**
   * Returns the charge with the account that has it on record.
   *
   * @throws IllegalStateException if the gateway has not stated its account: without one, the
   *     payment would be treated as never submitted
   */
  private RecordedCharge withAccount(RecordedCharge charge) {
    String gateway = charge.payment().order().gateway();
    String account =
        paymentGateway
            .account(gateway)
            .orElseThrow(() -> new IllegalStateException(gateway + " has not stated its account"));
    return charge.withAccount(account);
  }

  private Future<List<RecordedCharge>> omitRecovering(List<RecordedCharge> lost) {
    if (lost.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    Set<String> instances =
        lost.stream().map(RecordedCharge::instanceId).collect(Collectors.toSet());
    return generationStore
        .recovering(instances)
        .map(
            recovering ->
                lost.stream().filter(charge -> !recovering.contains(charge.instanceId())).toList());
  }

  private static UUID id(RecordedCharge charge) {
    return charge.payment().id();
  }
}
