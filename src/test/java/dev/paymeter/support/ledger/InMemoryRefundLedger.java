package dev.paymeter.support.ledger;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.RefundLedger;
import dev.paymeter.payment.port.SettlementConflictException;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** In-memory refund ledger for tests. It is unavailable when the payment ledger is. */
public class InMemoryRefundLedger implements RefundLedger {
  private static final Comparator<Refund> NEWEST =
      Comparator.comparing(Refund::createdAt)
          .thenComparing(refund -> refund.id().toString())
          .reversed();

  private final InMemoryPaymentLedger payments;
  private final Map<UUID, Refund> refunds = new LinkedHashMap<>();
  private final Map<List<String>, StoredKey> keys = new LinkedHashMap<>();

  /** A stored idempotency key. */
  private record StoredKey(String fingerprint, UUID refund) {}

  public InMemoryRefundLedger(InMemoryPaymentLedger payments) {
    this.payments = payments;
  }

  private <T> Future<T> ifAvailable(Supplier<T> step) {
    synchronized (this) {
      return payments.check().map(checked -> step.get());
    }
  }

  @Override
  public Future<Optional<Refundable>> findRefundable(UUID payment) {
    return payments.find(payment).map(found -> found.map(paid -> new Refundable(paid, left(paid))));
  }

  private synchronized Money left(Payment payment) {
    BigDecimal amount =
        payment.withoutRefunds().status() == PaymentStatus.SUCCESS
            ? payment.amount().amount().subtract(sum(payment, refund -> !hasFailed(refund)))
            : BigDecimal.ZERO;
    return Money.of(amount, payment.amount().currency());
  }

  private BigDecimal sum(Payment payment, Predicate<Refund> condition) {
    return refunds.values().stream()
        .filter(refund -> refund.payment().id().equals(payment.id()))
        .filter(condition)
        .map(refund -> refund.amount().amount())
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private static boolean hasFailed(Refund refund) {
    return refund.status() == PaymentStatus.FAILED;
  }

  @Override
  public Future<Boolean> insert(Refund pending, Optional<IdempotencyKey> key) {
    return findRefundable(pending.payment().id())
        .compose(found -> ifAvailable(() -> open(pending, key, found.map(Refundable::payment))));
  }

  private boolean open(Refund pending, Optional<IdempotencyKey> key, Optional<Payment> payment) {
    if (payment.isEmpty()
        || left(payment.get()).amount().compareTo(pending.amount().amount()) < 0
        || key.filter(present -> keys.containsKey(name(present))).isPresent()) {
      return false;
    }
    key.ifPresent(
        present -> keys.put(name(present), new StoredKey(present.fingerprint(), pending.id())));
    refunds.put(pending.id(), pending);
    return true;
  }

  private static List<String> name(IdempotencyKey key) {
    return List.of(key.owner(), key.route(), key.key());
  }

  @Override
  public Future<Optional<IdempotencyRecord<Refund>>> findRecord(IdempotencyKey key) {
    return ifAvailable(
        () ->
            Optional.ofNullable(keys.get(name(key)))
                .map(
                    stored -> {
                      Refund found = refunds.get(stored.refund());
                      return new IdempotencyRecord<>(
                          Optional.of(found),
                          stored.fingerprint(),
                          found.status() == PaymentStatus.PENDING);
                    }));
  }

  @Override
  public Future<Refund> markUnknown(Refund unknown) {
    return update(unknown, found -> found);
  }

  @Override
  public Future<Refund> settle(Refund settled) {
    Refund next = settled.error().isPresent() ? settled : settled.withAmountUsd(part(settled));
    return update(next, found -> settled.hasSameOutcome(found) ? found : null)
        .onSuccess(
            stored ->
                payments.refunded(
                    settled.payment().id(),
                    sum(settled.payment(), refund -> refund.status() == PaymentStatus.SUCCESS)));
  }

  /** Returns a refund's part of the refunded amount in US dollars, which is rounded as a whole. */
  private synchronized BigDecimal part(Refund settled) {
    Payment payment = settled.payment();
    List<Refund> earlier =
        refunds.values().stream()
            .filter(refund -> refund.payment().id().equals(payment.id()))
            .filter(refund -> refund.status() == PaymentStatus.SUCCESS)
            .filter(refund -> !refund.id().equals(settled.id()))
            .toList();
    BigDecimal refunded =
        earlier.stream()
            .map(refund -> refund.amount().amount())
            .reduce(settled.amount().amount(), BigDecimal::add);
    return earlier.stream()
        .map(Refund::amountUsd)
        .reduce(
            payment.rate().convert(Money.of(refunded, payment.amount().currency())),
            BigDecimal::subtract)
        .max(BigDecimal.ZERO.setScale(2));
  }

  /**
   * @param otherwise the result if the refund cannot have the next status; null for a conflict
   */
  private Future<Refund> update(Refund next, UnaryOperator<Refund> otherwise) {
    return ifAvailable(
        () -> {
          Refund now =
              refunds.computeIfPresent(
                  next.id(),
                  (id, found) ->
                      (next.hasFailedLater()
                              ? found.status() == PaymentStatus.SUCCESS
                              : found.status().canBecome(next.status()))
                          ? withUnknownSince(found, next)
                          : found);
          Refund result = now == null || next.equals(now) ? now : otherwise.apply(now);
          if (result == null) {
            throw new SettlementConflictException("cannot be written, the ledger contains: " + now);
          }
          return result;
        });
  }

  private static Refund withUnknownSince(Refund found, Refund next) {
    return next.settled().isPresent() && found.unknownOutcome().isPresent()
        ? next.withUnknownSince(found.unknownOutcome().get().since())
        : next;
  }

  @Override
  public Future<Optional<Refund>> find(UUID payment, UUID id) {
    return ifAvailable(
        () ->
            Optional.ofNullable(refunds.get(id))
                .filter(refund -> refund.payment().id().equals(payment)));
  }

  @Override
  public Future<List<Refund>> list(UUID payment, PaymentPage.@Nullable Position after, int most) {
    return ifAvailable(
        () ->
            refunds.values().stream()
                .sorted(NEWEST)
                .filter(refund -> refund.payment().id().equals(payment))
                .dropWhile(refund -> after != null && !refund.id().equals(after.id()))
                .skip(after == null ? 0 : 1)
                .limit(most)
                .toList());
  }

  @Override
  public Future<List<Refund>> listFailedLater(int most) {
    return ifAvailable(
        () ->
            refunds.values().stream()
                .filter(Refund::hasFailedLater)
                .sorted(
                    Comparator.comparing((Refund refund) -> refund.settled().orElseThrow().at())
                        .reversed())
                .limit(most)
                .toList());
  }
}
