package dev.paymeter.audit;

import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.RecordedCharge;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The search at the gateways for payments that the ledger lacks, or whose outcome it has lost.
 *
 * @param counted ids of payments that this instance has counted
 */
record LostCharges(
    PaymentGateway paymentGateway, GenerationStore generationStore, Set<UUID> counted) {
  /**
   * Payments that the gateways have on record, in no particular order.
   *
   * @param absent those that the ledger lacks
   * @param unsettled those of this instance that have no outcome in the ledger
   */
  record Found(List<RecordedCharge> absent, List<RecordedCharge> unsettled) {
    static final Found NOTHING = new Found(List.of(), List.of());
  }

  /** Payments of one search, while it runs. */
  private record Search(
      boolean isForOutcomes,
      Map<UUID, RecordedCharge> absent,
      Map<UUID, RecordedCharge> unsettled) {
    Search(boolean isForOutcomes) {
      this(isForOutcomes, new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    }
  }

  /**
   * Searches the records. Omits absent payments that other instances recover.
   *
   * @param since when the gateways received the first of them
   * @param isForOutcomes whether to look for unsettled payments, too
   */
  Future<Found> search(Instant since, boolean isForOutcomes) {
    Search search = new Search(isForOutcomes);
    return paymentGateway
        .recordedCharges(since, page -> read(page, search))
        .compose(read -> omitRecovering(List.copyOf(search.absent().values())))
        .map(absent -> new Found(absent, List.copyOf(search.unsettled().values())));
  }

  private Future<Void> read(List<RecordedCharge> page, Search search) {
    return generationStore
        .absent(page)
        .map(absent -> add(page, absent, search.absent()))
        .compose(
            added ->
                search.isForOutcomes()
                    ? generationStore.unsettled(page, counted)
                    : Future.succeededFuture(Set.<UUID>of()))
        .map(unsettled -> add(page, unsettled, search.unsettled()))
        .mapEmpty();
  }

  /** A payment that was submitted to several gateways is on record at each. */
  private @Nullable Void add(
      List<RecordedCharge> page, Set<UUID> ids, Map<UUID, RecordedCharge> found) {
    page.stream()
        .filter(charge -> ids.contains(id(charge)))
        .map(this::withAccount)
        .forEach(charge -> found.merge(id(charge), charge, LostCharges::last));
    return null;
  }

  /** Returns the record of the last gateway: all others have rejected the payment. */
  private static RecordedCharge last(RecordedCharge one, RecordedCharge other) {
    boolean isOneRejected = one.result() instanceof GatewayResult.Rejected;
    boolean isOtherRejected = other.result() instanceof GatewayResult.Rejected;
    if (isOneRejected != isOtherRejected) {
      return isOneRejected ? other : one;
    }
    return one.chargedAt().isAfter(other.chargedAt()) ? one : other;
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
                lost.stream()
                    .filter(
                        charge ->
                            counted.contains(id(charge))
                                || !recovering.contains(charge.instanceId()))
                    .toList());
  }

  private static UUID id(RecordedCharge charge) {
    return charge.payment().id();
  }
}
