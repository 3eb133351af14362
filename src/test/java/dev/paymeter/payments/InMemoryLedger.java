package dev.paymeter.payments;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The ledger of tests that need no database. It can go away and come back. */
public class InMemoryLedger implements Ledger {
  private final Map<UUID, Payment> payments = new ConcurrentHashMap<>();
  private final Map<List<String>, BusinessEvent> events = new ConcurrentHashMap<>();
  private final Map<List<String>, ReportedError> errors = new ConcurrentHashMap<>();
  private final Map<Payment.Source, RecordedPayment> recorded = new ConcurrentHashMap<>();
  private volatile boolean away;

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
  public Future<Void> settle(Payment settled) {
    if (away) {
      return isAway();
    }
    Payment now =
        payments.computeIfPresent(
            settled.id(), (id, found) -> found.status() == PaymentStatus.PENDING ? settled : found);
    return settled.equals(now)
        ? Future.succeededFuture()
        : Future.failedFuture(new SettlementConflictException("not pending: " + now));
  }

  @Override
  public Future<Optional<Payment>> find(UUID id) {
    return away ? isAway() : Future.succeededFuture(Optional.ofNullable(payments.get(id)));
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
