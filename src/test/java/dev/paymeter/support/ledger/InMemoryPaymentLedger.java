package dev.paymeter.support.ledger;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.SettlementConflictException;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.EventReport;
import dev.paymeter.report.RecordedPayment;
import dev.paymeter.report.ReportLedger;
import dev.paymeter.report.ReportedError;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The ledger of tests that need no database. It can go away and come back. */
public class InMemoryPaymentLedger implements PaymentLedger, ReportLedger {
  private final Map<UUID, Payment> payments = new ConcurrentHashMap<>();
  private final Map<List<String>, BusinessEvent> events = new ConcurrentHashMap<>();
  private final Map<List<String>, ReportedError> errors = new ConcurrentHashMap<>();
  private final Map<Payment.Source, RecordedPayment> recorded = new ConcurrentHashMap<>();
  private final Map<List<String>, Named> keys = new ConcurrentHashMap<>();
  private volatile boolean away;

  /** What stands under an idempotency key. */
  private record Named(String fingerprint, UUID payment) {}

  /** Java compares ids as signed numbers, and their texts as PostgreSQL does the ids. */
  private static final Comparator<PaymentPage.Position> NEWEST =
      Comparator.comparing(PaymentPage.Position::createdAt)
          .thenComparing(place -> place.id().toString())
          .reversed();

  public void goAway() {
    away = true;
  }

  public void comeBack() {
    away = false;
  }

  @Override
  public Future<Void> open(Payment pending) {
    if (away) {
      return isAway();
    }
    return payments.putIfAbsent(pending.id(), pending) == null
        ? Future.succeededFuture()
        : Future.failedFuture(new IllegalStateException("known already: " + pending.id()));
  }

  @Override
  public synchronized Future<Optional<IdempotencyRecord<Payment>>> open(
      Payment pending, IdempotencyKey key) {
    if (away) {
      return isAway();
    }
    List<String> name = List.of(key.credential(), key.route(), key.key());
    Named named = keys.get(name);
    if (named == null) {
      keys.put(name, new Named(key.fingerprint(), pending.id()));
      return open(pending).map(Optional.empty());
    }
    Optional<Payment> found = Optional.ofNullable(payments.get(named.payment()));
    boolean inFlight = found.filter(its -> its.status() == PaymentStatus.PENDING).isPresent();
    return Future.succeededFuture(
        Optional.of(new IdempotencyRecord<>(found, named.fingerprint(), inFlight)));
  }

  @Override
  public Future<Boolean> reroute(Payment pending, String from) {
    if (away) {
      return isAway();
    }
    Payment now =
        payments.computeIfPresent(
            pending.id(),
            (id, found) ->
                found.status() == PaymentStatus.PENDING && found.order().gateway().equals(from)
                    ? pending
                    : found);
    return Future.succeededFuture(pending.equals(now));
  }

  @Override
  public Future<Payment> doubt(Payment unknown) {
    return become(unknown, found -> found);
  }

  @Override
  public Future<Payment> settle(Payment settled) {
    return become(settled, found -> settled.endedLike(found) ? found : null);
  }

  /**
   * @param otherwise what a payment that cannot become so is taken for
   */
  private Future<Payment> become(Payment then, UnaryOperator<Payment> otherwise) {
    if (away) {
      return isAway();
    }
    Payment now =
        payments.computeIfPresent(
            then.id(),
            (id, found) ->
                found.status().mayBecome(then.status()) ? withDoubt(found, then) : found);
    Payment stands = now == null || then.equals(now) ? now : otherwise.apply(now);
    return stands == null
        ? Future.failedFuture(new SettlementConflictException("cannot be written: " + now))
        : Future.succeededFuture(stands);
  }

  /** What was given back of a payment, in all. */
  void refunded(UUID id, BigDecimal amount) {
    payments.computeIfPresent(
        id,
        (same, found) ->
            new Payment(
                id,
                found.order(),
                found.amountUsd(),
                found.rate(),
                found.createdAt(),
                found.doubt(),
                found.settlement(),
                found.source(),
                Money.of(amount, found.amount().currency())));
  }

  private static Payment withDoubt(Payment found, Payment then) {
    return then.settled().isPresent() && found.doubted().isPresent()
        ? then.doubtedSince(found.doubted().get().since())
        : then;
  }

  @Override
  public Future<Optional<Payment>> find(UUID id) {
    return away ? isAway() : Future.succeededFuture(Optional.ofNullable(payments.get(id)));
  }

  @Override
  public Future<List<Payment>> list(
      PaymentFilter filter, PaymentPage.@Nullable Position after, int most) {
    return away
        ? isAway()
        : Future.succeededFuture(
            payments.values().stream()
                .filter(payment -> isWanted(payment, filter))
                .filter(payment -> after == null || NEWEST.compare(after, place(payment)) < 0)
                .sorted(Comparator.comparing(InMemoryPaymentLedger::place, NEWEST))
                .limit(most)
                .toList());
  }

  private static PaymentPage.Position place(Payment payment) {
    return new PaymentPage.Position(payment.createdAt(), payment.id());
  }

  private static boolean isWanted(Payment payment, PaymentFilter filter) {
    return isAsked(filter.status(), payment.status())
        && isAsked(filter.gateway(), payment.order().gateway())
        && isAsked(filter.tier(), payment.order().tier())
        && isAsked(filter.orderId(), payment.order().orderId())
        && isAsked(filter.userId(), payment.order().userId())
        && (filter.createdSince() == null || !payment.createdAt().isBefore(filter.createdSince()))
        && (filter.createdBefore() == null || payment.createdAt().isBefore(filter.createdBefore()));
  }

  private static boolean isAsked(@Nullable Object asked, Object found) {
    return asked == null || asked.equals(found);
  }

  @Override
  public Future<List<Recording>> record(List<BusinessEvent> reported) {
    return away ? isAway() : Future.succeededFuture(reported.stream().map(this::record).toList());
  }

  private Recording record(BusinessEvent event) {
    EventReport report = event.report();
    return compare(
        events.computeIfAbsent(List.of(report.publisher(), report.id()), id -> event), event);
  }

  static Recording compare(BusinessEvent kept, BusinessEvent event) {
    if (kept.receipt().equals(event.receipt())) {
      return Recording.NEW;
    }
    return kept.report().equals(event.report()) ? Recording.KNOWN : Recording.OTHERWISE;
  }

  @Override
  public Future<List<Recording>> recordErrors(List<ReportedError> reported) {
    return away ? isAway() : Future.succeededFuture(reported.stream().map(this::record).toList());
  }

  private Recording record(ReportedError error) {
    ErrorReport report = error.report();
    return compare(
        errors.computeIfAbsent(List.of(report.publisher(), report.id()), id -> error), error);
  }

  static Recording compare(ReportedError kept, ReportedError error) {
    if (kept.receipt().equals(error.receipt())) {
      return Recording.NEW;
    }
    return kept.report().equals(error.report()) ? Recording.KNOWN : Recording.OTHERWISE;
  }

  @Override
  public Future<List<Recording>> recordPayments(List<RecordedPayment> reported) {
    return away ? isAway() : Future.succeededFuture(reported.stream().map(this::record).toList());
  }

  private Recording record(RecordedPayment entry) {
    Payment.Source source = entry.payment().toldBy().orElseThrow();
    RecordedPayment kept = recorded.computeIfAbsent(source, its -> entry);
    if (kept == entry) {
      payments.put(entry.payment().id(), entry.payment());
    }
    return compare(kept, entry);
  }

  static Recording compare(RecordedPayment kept, RecordedPayment entry) {
    if (kept.receipt().equals(entry.receipt())) {
      return Recording.NEW;
    }
    return kept.report().equals(entry.report()) ? Recording.KNOWN : Recording.OTHERWISE;
  }

  @Override
  public Future<Void> check() {
    return away ? isAway() : Future.succeededFuture();
  }

  private static <T> Future<T> isAway() {
    return Future.failedFuture(new LedgerUnavailableException("away, as the test wants it"));
  }
}
