package dev.paymeter.support.ledger;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.IdentityInUseException;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.RecordedPayment;
import dev.paymeter.report.ReportLedger;
import dev.paymeter.report.ReportedError;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** In-memory audit store of one process, for tests without a database. */
public final class InMemoryAuditStore implements AuditStore {
  private final Shelf shelf;
  private final String holder;
  private final long[] amountBounds;
  private final long[] durationBounds;
  private int epoch;
  private int checkpointEpoch;
  private int checkpointSegment;

  /** The stored rows and the lease of one identity, shared by its processes. */
  public static final class Shelf {
    private final List<Row> rows = new ArrayList<>();
    private final Map<List<String>, EventRow> events = new LinkedHashMap<>();
    private final Map<List<String>, ErrorRow> errors = new LinkedHashMap<>();
    private final Map<Payment.Source, RecordedPayment> recorded = new LinkedHashMap<>();
    private int epoch;
    private @Nullable String holder;
    private int checkpointEpoch;
    private int checkpointSegment;
    private @Nullable String totals;
    private boolean isUnavailable;

    private record Position(int epoch, int segment) {
      boolean isFrom(int fromEpoch, int fromSegment) {
        return epoch > fromEpoch || (epoch == fromEpoch && segment >= fromSegment);
      }

      boolean isUpTo(int toEpoch, int toSegment) {
        return epoch < toEpoch || (epoch == toEpoch && segment <= toSegment);
      }
    }

    private record Row(int epoch, Payment payment) {
      Position position() {
        return new Position(epoch, payment.settled().orElseThrow().page());
      }
    }

    private record EventRow(int epoch, BusinessEvent event) {
      Position position() {
        return new Position(epoch, event.page());
      }
    }

    private record ErrorRow(int epoch, ReportedError error) {
      Position position() {
        return new Position(epoch, error.page());
      }
    }

    public synchronized void endLease() {
      holder = null;
    }

    public synchronized void goAway() {
      isUnavailable = true;
    }

    public synchronized void comeBack() {
      isUnavailable = false;
    }

    /** Commits a settlement of any epoch, such as a late statement of an earlier process. */
    public synchronized void commit(int epoch, Payment settled) {
      rows.add(new Row(epoch, settled));
    }

    private void record(int epoch, RecordedPayment recording) {
      if (recorded.putIfAbsent(recording.payment().toldBy().orElseThrow(), recording) == null) {
        commit(epoch, recording.payment());
      }
    }

    /** Changes rows without counting them. */
    public synchronized void tamper(UnaryOperator<Payment> change) {
      rows.replaceAll(row -> new Row(row.epoch(), change.apply(row.payment())));
    }

    public synchronized void forget(Predicate<Payment> condition) {
      rows.removeIf(row -> condition.test(row.payment()));
    }

    public synchronized void keepTotals(String totals) {
      this.totals = totals;
    }

    /** Returns the totals of the last checkpoint. */
    public synchronized Optional<String> totals() {
      return Optional.ofNullable(totals);
    }

    /** Returns the segment of the last checkpoint, or 0 before the first one. */
    public synchronized int checkpointPage() {
      return checkpointSegment;
    }
  }

  /**
   * @param amountBounds upper bounds of the amount buckets, in US cents
   * @param durationBounds upper bounds of the duration buckets, in microseconds
   */
  public InMemoryAuditStore(
      Shelf shelf, String holder, long[] amountBounds, long[] durationBounds) {
    this.shelf = shelf;
    this.holder = holder;
    this.amountBounds = amountBounds.clone();
    this.durationBounds = durationBounds.clone();
  }

  @Override
  public Future<Opening> open() {
    synchronized (shelf) {
      if (shelf.isUnavailable) {
        return unavailable();
      }
      if (shelf.holder != null) {
        return Future.failedFuture(new IdentityInUseException("memory", shelf.holder));
      }
      shelf.holder = holder;
      epoch = ++shelf.epoch;
      checkpointEpoch = shelf.checkpointEpoch;
      checkpointSegment = shelf.checkpointSegment;
      return Future.succeededFuture(new Opening(epoch, shelf.totals));
    }
  }

  @Override
  public Future<Void> renew() {
    return ifHeld(() -> shelf.holder = holder);
  }

  @Override
  public Future<Void> checkpoint(int segment, String totals) {
    return ifHeld(
        () -> {
          shelf.checkpointEpoch = epoch;
          shelf.checkpointSegment = segment;
          shelf.totals = totals;
        });
  }

  @Override
  public Future<Void> close() {
    return ifHeld(shelf::endLease).otherwiseEmpty();
  }

  private Future<Void> ifHeld(Runnable change) {
    synchronized (shelf) {
      if (shelf.isUnavailable) {
        return unavailable();
      }
      if (shelf.epoch != epoch) {
        return Future.failedFuture(new SupersededException("memory"));
      }
      change.run();
      return Future.succeededFuture();
    }
  }

  @Override
  public Future<Entries> pages(int first, int last) {
    return entries(position -> position.isFrom(epoch, first) && position.isUpTo(epoch, last));
  }

  @Override
  public Future<Entries> earlier() {
    return entries(
        position ->
            position.isFrom(checkpointEpoch, checkpointSegment + 1)
                && position.isUpTo(epoch - 1, Integer.MAX_VALUE));
  }

  private Future<Entries> entries(Predicate<Shelf.Position> condition) {
    synchronized (shelf) {
      if (shelf.isUnavailable) {
        return unavailable();
      }
      List<Payment> payments =
          shelf.rows.stream()
              .filter(row -> condition.test(row.position()))
              .map(Shelf.Row::payment)
              .toList();
      List<BusinessEvent> events =
          shelf.events.values().stream()
              .filter(row -> condition.test(row.position()))
              .map(Shelf.EventRow::event)
              .toList();
      List<ReportedError> errors =
          shelf.errors.values().stream()
              .filter(row -> condition.test(row.position()))
              .map(Shelf.ErrorRow::error)
              .toList();
      return Future.succeededFuture(
          new Entries(group(payments), groupEvents(events), groupErrors(errors)));
    }
  }

  private static List<ErrorEntry> groupErrors(List<ReportedError> errors) {
    Map<ErrorEntry, Long> groups = new LinkedHashMap<>();
    for (ReportedError error : errors) {
      groups.merge(
          new ErrorEntry(error.service(), error.errorType(), error.report().severity(), 1),
          1L,
          Long::sum);
    }
    return groups.entrySet().stream()
        .map(
            entry ->
                new ErrorEntry(
                    entry.getKey().service(),
                    entry.getKey().errorType(),
                    entry.getKey().severity(),
                    entry.getValue()))
        .toList();
  }

  private List<EventEntry> groupEvents(List<BusinessEvent> events) {
    Map<List<Object>, EventEntry> groups = new LinkedHashMap<>();
    for (BusinessEvent event : events) {
      EventEntry one = entry(event);
      groups.merge(List.of(one.label(), one.amountBucket()), one, InMemoryAuditStore::sum);
    }
    return List.copyOf(groups.values());
  }

  private EventEntry entry(BusinessEvent event) {
    long cents = event.amountUsd().movePointRight(2).longValueExact();
    return new EventEntry(event.label(), bucket(cents, amountBounds), 1, cents);
  }

  private static EventEntry sum(EventEntry one, EventEntry other) {
    return new EventEntry(
        one.label(), one.amountBucket(), one.count() + other.count(), one.cents() + other.cents());
  }

  private List<Entry> group(List<Payment> payments) {
    Map<Entry, Entry> groups = new LinkedHashMap<>();
    for (Payment payment : payments) {
      Entry one = entry(payment);
      groups.merge(with(one, 0, 0, 0), one, InMemoryAuditStore::sum);
    }
    return List.copyOf(groups.values());
  }

  private Entry entry(Payment payment) {
    long cents = payment.amountUsd().movePointRight(2).longValueExact();
    long micros = payment.settled().orElseThrow().duration().toNanos() / 1000;
    return new Entry(
        payment.status(),
        payment.order().gateway(),
        payment.order().tier(),
        payment.order().method(),
        payment.order().amount().currency().getCurrencyCode(),
        payment.error().map(PaymentException::type).orElse(null),
        payment.isHighValue(),
        bucket(cents, amountBounds),
        bucket(micros, durationBounds),
        1,
        cents,
        micros);
  }

  private static int bucket(long units, long[] bounds) {
    int bucket = 0;
    while (bucket < bounds.length && units > bounds[bucket]) {
      bucket++;
    }
    return bucket;
  }

  private static Entry sum(Entry one, Entry other) {
    return with(
        one,
        one.count() + other.count(),
        one.cents() + other.cents(),
        one.micros() + other.micros());
  }

  private static Entry with(Entry like, long count, long cents, long micros) {
    return new Entry(
        like.status(),
        like.gateway(),
        like.tier(),
        like.method(),
        like.currency(),
        like.errorType(),
        like.highValue(),
        like.amountBucket(),
        like.durationBucket(),
        count,
        cents,
        micros);
  }

  /** Returns the ledger of this process. It supports inserts and settlements only. */
  public PaymentLedger ledger() {
    return new StorageLedger();
  }

  /** Returns the report ledger of this process. */
  public ReportLedger reports() {
    return new StorageLedger();
  }

  private final class StorageLedger implements PaymentLedger, ReportLedger {
    @Override
    public Future<Void> open(Payment pending) {
      return ifHeld(() -> {});
    }

    @Override
    public Future<Optional<IdempotencyRecord<Payment>>> open(Payment pending, IdempotencyKey key) {
      throw new UnsupportedOperationException("idempotency keys are not supported");
    }

    @Override
    public Future<Boolean> reroute(Payment pending, String from) {
      throw new UnsupportedOperationException("rerouting is not supported");
    }

    @Override
    public Future<Payment> doubt(Payment unknown) {
      throw new UnsupportedOperationException("unknown outcomes are not supported");
    }

    @Override
    public Future<Payment> settle(Payment settled) {
      return ifHeld(() -> shelf.commit(epoch, settled)).map(settled);
    }

    @Override
    public Future<Optional<Payment>> find(UUID id) {
      synchronized (shelf) {
        return Future.succeededFuture(
            shelf.rows.stream().map(Shelf.Row::payment).filter(p -> p.id().equals(id)).findFirst());
      }
    }

    @Override
    public Future<List<Payment>> list(
        PaymentFilter filter, PaymentPage.@Nullable Position after, int most) {
      throw new AssertionError("the audit lists no payments");
    }

    @Override
    public Future<List<Recording>> record(List<BusinessEvent> events) {
      return ifHeld(
              () ->
                  events.forEach(
                      e -> shelf.events.putIfAbsent(key(e), new Shelf.EventRow(epoch, e))))
          .map(done -> events.stream().map(this::compare).toList());
    }

    private Recording compare(BusinessEvent event) {
      return InMemoryPaymentLedger.compare(
          Objects.requireNonNull(shelf.events.get(key(event))).event(), event);
    }

    @Override
    public Future<List<Recording>> recordErrors(List<ReportedError> errors) {
      return ifHeld(
              () ->
                  errors.forEach(
                      e -> shelf.errors.putIfAbsent(key(e), new Shelf.ErrorRow(epoch, e))))
          .map(done -> errors.stream().map(this::compare).toList());
    }

    private Recording compare(ReportedError error) {
      return InMemoryPaymentLedger.compare(
          Objects.requireNonNull(shelf.errors.get(key(error))).error(), error);
    }

    @Override
    public Future<List<Recording>> recordPayments(List<RecordedPayment> payments) {
      return ifHeld(() -> payments.forEach(payment -> shelf.record(epoch, payment)))
          .map(done -> payments.stream().map(this::compare).toList());
    }

    private Recording compare(RecordedPayment payment) {
      return InMemoryPaymentLedger.compare(
          Objects.requireNonNull(shelf.recorded.get(payment.payment().toldBy().orElseThrow())),
          payment);
    }

    private static List<String> key(ReportedError error) {
      return List.of(error.report().publisher(), error.report().id());
    }

    private static List<String> key(BusinessEvent event) {
      return List.of(event.report().publisher(), event.report().id());
    }

    @Override
    public Future<Void> check() {
      synchronized (shelf) {
        return shelf.isUnavailable ? unavailable() : Future.succeededFuture();
      }
    }
  }

  private static <T> Future<T> unavailable() {
    return Future.failedFuture(new LedgerUnavailableException("unavailable in this test"));
  }
}
