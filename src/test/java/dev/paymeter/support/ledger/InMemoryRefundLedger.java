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

/** The books of refunds for tests that need no database: as reachable as their payments' ledger. */
public class InMemoryRefundLedger implements RefundLedger {
  private static final Comparator<Refund> NEWEST =
      Comparator.comparing(Refund::createdAt)
          .thenComparing(refund -> refund.id().toString())
          .reversed();

  private final InMemoryPaymentLedger payments;
  private final Map<UUID, Refund> refunds = new LinkedHashMap<>();
  private final Map<List<String>, Named> keys = new LinkedHashMap<>();

  /** What stands under an idempotency key. */
  private record Named(String fingerprint, UUID refund) {}

  public InMemoryRefundLedger(InMemoryPaymentLedger payments) {
    this.payments = payments;
  }

  private <T> Future<T> now(Supplier<T> step) {
    synchronized (this) {
      return payments.check().map(there -> step.get());
    }
  }

  @Override
  public Future<Optional<Refundable>> refundable(UUID payment) {
    return payments.find(payment).map(found -> found.map(its -> new Refundable(its, left(its))));
  }

  private synchronized Money left(Payment payment) {
    BigDecimal amount =
        payment.beforeRefunds().status() == PaymentStatus.SUCCESS
            ? payment.amount().amount().subtract(sum(payment, its -> !hasFailed(its)))
            : BigDecimal.ZERO;
    return Money.of(amount, payment.amount().currency());
  }

  private BigDecimal sum(Payment payment, Predicate<Refund> which) {
    return refunds.values().stream()
        .filter(refund -> refund.payment().id().equals(payment.id()))
        .filter(which)
        .map(refund -> refund.amount().amount())
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private static boolean hasFailed(Refund refund) {
    return refund.status() == PaymentStatus.FAILED;
  }

  @Override
  public Future<Boolean> open(Refund pending, Optional<IdempotencyKey> key) {
    return refundable(pending.payment().id())
        .compose(found -> now(() -> open(pending, key, found.map(Refundable::payment))));
  }

  private boolean open(Refund pending, Optional<IdempotencyKey> key, Optional<Payment> payment) {
    if (payment.isEmpty()
        || left(payment.get()).amount().compareTo(pending.amount().amount()) < 0
        || key.filter(its -> keys.containsKey(name(its))).isPresent()) {
      return false;
    }
    key.ifPresent(its -> keys.put(name(its), new Named(its.fingerprint(), pending.id())));
    refunds.put(pending.id(), pending);
    return true;
  }

  private static List<String> name(IdempotencyKey key) {
    return List.of(key.credential(), key.route(), key.key());
  }

  @Override
  public Future<Optional<IdempotencyRecord<Refund>>> kept(IdempotencyKey key) {
    return now(
        () ->
            Optional.ofNullable(keys.get(name(key)))
                .map(
                    named -> {
                      Refund found = refunds.get(named.refund());
                      return new IdempotencyRecord<>(
                          Optional.of(found),
                          named.fingerprint(),
                          found.status() == PaymentStatus.PENDING);
                    }));
  }

  @Override
  public Future<Refund> doubt(Refund unknown) {
    return become(unknown, found -> found);
  }

  @Override
  public Future<Refund> settle(Refund settled) {
    return become(settled, found -> settled.endedLike(found) ? found : null)
        .onSuccess(
            stands ->
                payments.refunded(
                    settled.payment().id(),
                    sum(settled.payment(), its -> its.status() == PaymentStatus.SUCCESS)));
  }

  /**
   * @param otherwise what a refund that cannot become so is taken for
   */
  private Future<Refund> become(Refund then, UnaryOperator<Refund> otherwise) {
    return now(
        () -> {
          Refund now =
              refunds.computeIfPresent(
                  then.id(),
                  (id, found) ->
                      found.status().mayBecome(then.status()) ? withDoubt(found, then) : found);
          Refund stands = now == null || then.equals(now) ? now : otherwise.apply(now);
          if (stands == null) {
            throw new SettlementConflictException("cannot be written: " + now);
          }
          return stands;
        });
  }

  private static Refund withDoubt(Refund found, Refund then) {
    return then.settled().isPresent() && found.doubted().isPresent()
        ? then.doubtedSince(found.doubted().get().since())
        : then;
  }

  @Override
  public Future<Optional<Refund>> find(UUID payment, UUID id) {
    return now(
        () ->
            Optional.ofNullable(refunds.get(id))
                .filter(refund -> refund.payment().id().equals(payment)));
  }

  @Override
  public Future<List<Refund>> list(UUID payment, PaymentPage.@Nullable Position after, int most) {
    return now(
        () ->
            refunds.values().stream()
                .sorted(NEWEST)
                .filter(refund -> refund.payment().id().equals(payment))
                .dropWhile(refund -> after != null && !refund.id().equals(after.id()))
                .skip(after == null ? 0 : 1)
                .limit(most)
                .toList());
  }
}
