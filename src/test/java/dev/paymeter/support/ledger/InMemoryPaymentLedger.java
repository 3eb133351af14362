package dev.paymeter.support.ledger;

import dev.paymeter.payment.Authorization;
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
import dev.paymeter.payment.query.StatusCounts;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.EventReport;
import dev.paymeter.report.RecordedPayment;
import dev.paymeter.report.ReportLedger;
import dev.paymeter.report.ReportedError;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** In-memory ledger for tests without a database. It can be made unavailable. */
public class InMemoryPaymentLedger implements PaymentLedger, ReportLedger {
  private final Map<UUID, Payment> payments = new ConcurrentHashMap<>();
  private final Map<List<String>, BusinessEvent> events = new ConcurrentHashMap<>();
  private final Map<List<String>, ReportedError> errors = new ConcurrentHashMap<>();
  private final Map<Payment.Source, RecordedPayment> recorded = new ConcurrentHashMap<>();
  private final Map<List<String>, StoredKey> keys = new ConcurrentHashMap<>();
  private volatile boolean isUnavailable;

  /** A stored idempotency key. */
  private record StoredKey(String fingerprint, UUID payment, @Nullable UUID step) {
    StoredKey(String fingerprint, UUID payment) {
      this(fingerprint, payment, null);
    }
  }

  /** Compares ids as texts, which gives PostgreSQL's order. Java compares ids as signed numbers. */
  private static final Comparator<PaymentPage.Position> NEWEST =
      Comparator.comparing(PaymentPage.Position::createdAt)
          .thenComparing(position -> position.id().toString())
          .reversed();

  public void becomeUnavailable() {
    isUnavailable = true;
  }

  public void becomeAvailable() {
    isUnavailable = false;
  }

  @Override
  public Future<Void> insert(Payment pending) {
    if (isUnavailable) {
      return unavailable();
    }
    return payments.putIfAbsent(pending.id(), pending) == null
        ? Future.succeededFuture()
        : Future.failedFuture(new IllegalStateException("duplicate id: " + pending.id()));
  }

  @Override
  public synchronized Future<Optional<IdempotencyRecord<Payment>>> insert(
      Payment pending, IdempotencyKey key) {
    if (isUnavailable) {
      return unavailable();
    }
    List<String> name = List.of(key.owner(), key.route(), key.key());
    StoredKey stored = keys.get(name);
    if (stored == null) {
      keys.put(name, new StoredKey(key.fingerprint(), pending.id()));
      return insert(pending).map(Optional.empty());
    }
    Optional<Payment> found = Optional.ofNullable(payments.get(stored.payment()));
    boolean inFlight =
        found
            .filter(payment -> payment.status() == PaymentStatus.PENDING)
            .filter(payment -> payment.openStep().isEmpty())
            .isPresent();
    return Future.succeededFuture(
        Optional.of(new IdempotencyRecord<>(found, stored.fingerprint(), inFlight)));
  }

  @Override
  public Future<Boolean> reroute(Payment pending, String from) {
    if (isUnavailable) {
      return unavailable();
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
  public synchronized Future<Boolean> request(Payment pending, Optional<IdempotencyKey> key) {
    if (isUnavailable) {
      return unavailable();
    }
    Payment found = payments.get(pending.id());
    boolean isAllowed =
        found != null
            && found.status() == PaymentStatus.AUTHORIZED
            && key.filter(used -> keys.containsKey(name(used))).isEmpty();
    if (isAllowed) {
      UUID step = pending.openStep().orElseThrow().id();
      key.ifPresent(
          used -> keys.put(name(used), new StoredKey(used.fingerprint(), pending.id(), step)));
      payments.put(pending.id(), pending);
    }
    return Future.succeededFuture(isAllowed);
  }

  @Override
  public synchronized Future<Optional<IdempotencyRecord<Payment>>> findRecord(IdempotencyKey key) {
    StoredKey stored = keys.get(name(key));
    return isUnavailable
        ? unavailable()
        : Future.succeededFuture(
            Optional.ofNullable(stored)
                .map(
                    known -> {
                      Payment payment = payments.get(known.payment());
                      return new IdempotencyRecord<>(
                          Optional.ofNullable(payment),
                          known.fingerprint(),
                          payment != null && payment.status() == PaymentStatus.PENDING);
                    }));
  }

  private static List<String> name(IdempotencyKey key) {
    return List.of(key.owner(), key.route(), key.key());
  }

  private synchronized Future<Payment> authorize(Payment authorized) {
    Payment found = payments.get(authorized.id());
    Authorization.Step ended = authorized.authorized().orElseThrow().step();
    UUID step = found == null ? null : found.openStep().map(Authorization.Step::id).orElse(null);
    if (found != null
        && found.status().canBecome(PaymentStatus.AUTHORIZED)
        && Objects.equals(step, ended == null ? null : ended.id())) {
      payments.put(authorized.id(), authorized.withoutStep());
      keys.values().removeIf(key -> step != null && step.equals(key.step()));
      return Future.succeededFuture(authorized.withoutStep());
    }
    return found != null && found.error().isEmpty()
        ? Future.succeededFuture(found)
        : Future.failedFuture(
            new SettlementConflictException("cannot be written, the ledger contains: " + found));
  }

  private Future<Payment> requireAction(Payment waiting) {
    Payment now =
        payments.computeIfPresent(
            waiting.id(),
            (id, found) ->
                found.status().canBecome(PaymentStatus.REQUIRES_ACTION) && !found.isToBeCanceled()
                    ? waiting
                    : found);
    return now == null
        ? Future.failedFuture(new SettlementConflictException("there is no such payment"))
        : Future.succeededFuture(now);
  }

  @Override
  public Future<List<WaitingTotal>> waitingByGateway() {
    return isUnavailable
        ? unavailable()
        : Future.succeededFuture(
            payments.values().stream()
                .filter(payment -> payment.status() == PaymentStatus.REQUIRES_ACTION)
                .collect(Collectors.groupingBy(payment -> payment.order().gateway()))
                .entrySet()
                .stream()
                .map(each -> waitingTotal(each.getKey(), each.getValue()))
                .toList());
  }

  private static WaitingTotal waitingTotal(String gateway, List<Payment> waiting) {
    return new WaitingTotal(
        gateway,
        waiting.size(),
        waiting.stream().map(Payment::createdAt).min(Comparator.naturalOrder()).orElseThrow(),
        waiting.stream()
            .map(payment -> payment.payerAction().orElseThrow().expiresAt())
            .min(Comparator.naturalOrder())
            .orElseThrow(),
        waiting.stream().map(Payment::amountUsd).reduce(BigDecimal.ZERO, BigDecimal::add));
  }

  /** Lets the time of a payer pass, as the search for unresolved payments does. */
  public Payment expireAction(Payment waiting, Instant now) {
    Payment expired = waiting.expireAction(now);
    payments.replace(waiting.id(), waiting, expired);
    return expired;
  }

  @Override
  public Future<List<AuthorizedTotal>> authorizedByGateway() {
    return isUnavailable
        ? unavailable()
        : Future.succeededFuture(
            payments.values().stream()
                .filter(payment -> payment.status() == PaymentStatus.AUTHORIZED)
                .collect(Collectors.groupingBy(payment -> payment.order().gateway()))
                .entrySet()
                .stream()
                .map(each -> total(each.getKey(), each.getValue()))
                .toList());
  }

  private static AuthorizedTotal total(String gateway, List<Payment> authorized) {
    return new AuthorizedTotal(
        gateway,
        authorized.size(),
        authorized.stream()
            .map(payment -> payment.authorized().orElseThrow().expiresAt())
            .min(Comparator.naturalOrder())
            .orElseThrow(),
        authorized.stream().map(Payment::amountUsd).reduce(BigDecimal.ZERO, BigDecimal::add));
  }

  @Override
  public Future<Payment> markUnknown(Payment unknown) {
    if (isUnavailable) {
      return unavailable();
    }
    Payment now =
        payments.computeIfPresent(
            unknown.id(), (id, found) -> found.status() == PaymentStatus.PENDING ? unknown : found);
    return now == null
        ? Future.failedFuture(new SettlementConflictException("there is no such payment"))
        : Future.succeededFuture(now);
  }

  @Override
  public Future<Payment> settle(Payment settled) {
    if (isUnavailable) {
      return unavailable();
    }
    if (settled.status() == PaymentStatus.REQUIRES_ACTION) {
      return requireAction(settled);
    }
    return settled.status() == PaymentStatus.AUTHORIZED
        ? authorize(settled)
        : update(settled, found -> settled.hasSameOutcome(found) ? found : null);
  }

  /**
   * @param otherwise the result if the payment cannot have the next status; null for a conflict
   */
  private Future<Payment> update(Payment next, UnaryOperator<Payment> otherwise) {
    if (isUnavailable) {
      return unavailable();
    }
    Payment now =
        payments.computeIfPresent(
            next.id(),
            (id, found) ->
                found.status().canBecome(next.status()) ? withUnknownSince(found, next) : found);
    Payment result = now == null || next.equals(now) ? now : otherwise.apply(now);
    return result == null
        ? Future.failedFuture(
            new SettlementConflictException("cannot be written, the ledger contains: " + now))
        : Future.succeededFuture(result);
  }

  /** Sets the total of a payment's refunds. */
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
                found.account(),
                found.unknown(),
                found.settlement(),
                found.source(),
                Money.of(amount, found.amount().currency()),
                found.gatewayKey(),
                found.merchant(),
                found.authorization(),
                found.action(),
                found.dispute()));
  }

  private static Payment withUnknownSince(Payment found, Payment next) {
    return next.settled().isPresent() && found.unknownOutcome().isPresent()
        ? next.withUnknownSince(found.unknownOutcome().get().since())
        : next;
  }

  @Override
  public Future<Optional<Payment>> find(UUID id) {
    return isUnavailable
        ? unavailable()
        : Future.succeededFuture(Optional.ofNullable(payments.get(id)));
  }

  @Override
  public Future<List<Payment>> list(
      PaymentFilter filter, PaymentPage.@Nullable Position after, int most) {
    return isUnavailable
        ? unavailable()
        : Future.succeededFuture(
            payments.values().stream()
                .filter(payment -> matches(payment, filter))
                .filter(payment -> after == null || NEWEST.compare(after, position(payment)) < 0)
                .sorted(Comparator.comparing(InMemoryPaymentLedger::position, NEWEST))
                .limit(most)
                .toList());
  }

  @Override
  public Future<StatusCounts> count(int max) {
    return isUnavailable
        ? unavailable()
        : Future.succeededFuture(
            new StatusCounts(
                count(max, Set.of(PaymentStatus.values())),
                count(max, Set.of(PaymentStatus.UNKNOWN)),
                count(max, Set.of(PaymentStatus.REQUIRES_ACTION)),
                count(max, Set.of(PaymentStatus.AUTHORIZED)),
                count(max, Set.of(PaymentStatus.FAILED)),
                count(max, Set.of(PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED)),
                0,
                0,
                0));
  }

  private long count(int max, Set<PaymentStatus> statuses) {
    return payments.values().stream()
        .filter(payment -> statuses.contains(payment.status()))
        .limit(max)
        .count();
  }

  private static PaymentPage.Position position(Payment payment) {
    return new PaymentPage.Position(payment.createdAt(), payment.id());
  }

  private static boolean matches(Payment payment, PaymentFilter filter) {
    return matches(filter.status(), payment.status())
        && matches(filter.gateway(), payment.order().gateway())
        && matches(filter.tier(), payment.order().tier())
        && matches(filter.orderId(), payment.order().orderId())
        && matches(filter.userId(), payment.order().userId())
        && matches(filter.merchant(), payment.merchant())
        && (filter.createdSince() == null || !payment.createdAt().isBefore(filter.createdSince()))
        && (filter.createdBefore() == null || payment.createdAt().isBefore(filter.createdBefore()));
  }

  private static boolean matches(@Nullable Object expected, Object found) {
    return expected == null || expected.equals(found);
  }

  @Override
  public Future<List<Recording>> record(List<BusinessEvent> reported) {
    return isUnavailable
        ? unavailable()
        : Future.succeededFuture(reported.stream().map(this::record).toList());
  }

  private Recording record(BusinessEvent event) {
    EventReport report = event.report();
    return compare(
        events.computeIfAbsent(List.of(report.publisher(), report.id()), id -> event), event);
  }

  static Recording compare(BusinessEvent stored, BusinessEvent event) {
    if (stored.receipt().equals(event.receipt())) {
      return Recording.ACCEPTED;
    }
    return stored.report().equals(event.report()) ? Recording.DUPLICATE : Recording.CONFLICTING;
  }

  @Override
  public Future<List<Recording>> recordErrors(List<ReportedError> reported) {
    return isUnavailable
        ? unavailable()
        : Future.succeededFuture(reported.stream().map(this::record).toList());
  }

  private Recording record(ReportedError error) {
    ErrorReport report = error.report();
    return compare(
        errors.computeIfAbsent(List.of(report.publisher(), report.id()), id -> error), error);
  }

  static Recording compare(ReportedError stored, ReportedError error) {
    if (stored.receipt().equals(error.receipt())) {
      return Recording.ACCEPTED;
    }
    return stored.report().equals(error.report()) ? Recording.DUPLICATE : Recording.CONFLICTING;
  }

  @Override
  public Future<List<Recording>> recordPayments(List<RecordedPayment> reported) {
    return isUnavailable
        ? unavailable()
        : Future.succeededFuture(reported.stream().map(this::record).toList());
  }

  private Recording record(RecordedPayment recording) {
    Payment.Source source = recording.payment().reportedBy().orElseThrow();
    RecordedPayment stored = recorded.computeIfAbsent(source, absent -> recording);
    if (stored == recording) {
      payments.put(recording.payment().id(), recording.payment());
    }
    return compare(stored, recording);
  }

  static Recording compare(RecordedPayment stored, RecordedPayment recording) {
    if (stored.receipt().equals(recording.receipt())) {
      return Recording.ACCEPTED;
    }
    return stored.report().equals(recording.report()) ? Recording.DUPLICATE : Recording.CONFLICTING;
  }

  @Override
  public Future<Void> check() {
    return isUnavailable ? unavailable() : Future.succeededFuture();
  }

  private static <T> Future<T> unavailable() {
    return Future.failedFuture(new LedgerUnavailableException("unavailable in this test"));
  }
}
