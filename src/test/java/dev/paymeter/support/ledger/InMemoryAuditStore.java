package dev.paymeter.support.ledger;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.ChainHead;
import dev.paymeter.audit.IdentityInUseException;
import dev.paymeter.audit.LedgerPosition;
import dev.paymeter.audit.LedgerWentBackException;
import dev.paymeter.metrics.AuditedPipelineMetrics;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.StatusCounts;
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
  private static final String CHAIN = "0".repeat(64);

  private final Storage storage;
  private final String holder;
  private final long[] amountBounds;
  private final long[] durationBounds;
  private int epoch;
  private int checkpointEpoch;
  private int checkpointSegment;

  /** The stored rows and the lease of one identity, shared by its processes. */
  public static final class Storage {
    private final List<Row> rows = new ArrayList<>();
    private final Map<List<String>, EventRow> events = new LinkedHashMap<>();
    private final Map<List<String>, ErrorRow> errors = new LinkedHashMap<>();
    private final Map<Payment.Source, RecordedPayment> recorded = new LinkedHashMap<>();
    private int epoch;
    private long renewals;
    private String timeline = "00000001";
    private @Nullable String holder;
    private int checkpointEpoch;
    private int checkpointSegment;
    private @Nullable String totals;
    private AuditStore.Sum counted = new AuditStore.Sum(0, 0);
    private boolean isUnavailable;
    private @Nullable ChainHead head;
    private ChainHead.@Nullable Signed signed;

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
        return new Position(epoch, payment.settled().orElseThrow().segment());
      }
    }

    private record EventRow(int epoch, BusinessEvent event) {
      Position position() {
        return new Position(epoch, event.segment());
      }
    }

    private record ErrorRow(int epoch, ReportedError error) {
      Position position() {
        return new Position(epoch, error.segment());
      }
    }

    public synchronized void expireLease() {
      holder = null;
    }

    /** Continues on another timeline, as after the promotion of a standby. */
    public synchronized void promote(String timeline) {
      this.timeline = timeline;
    }

    /** Forgets renewals, as a copy of the ledger has done. */
    public synchronized void forgetRenewals(long count) {
      renewals -= count;
    }

    /** Contains no epoch any more, as a ledger that was restored to an earlier time. */
    public synchronized void forgetEpoch() {
      epoch--;
    }

    /** Continues the chain, whose values are no hashes here. */
    private synchronized ChainHead nextHead(int epoch, int segment) {
      head = new ChainHead(epoch, segment, head == null ? CHAIN : head.chain(), CHAIN);
      return head;
    }

    /** Replaces the end of the chain, as after a change of closed segments. */
    public synchronized void replaceChain(String chain) {
      head = new ChainHead(checkpointEpoch, checkpointSegment, null, chain);
    }

    /** Returns the last signed head; null if there is none. */
    public synchronized ChainHead.@Nullable Signed signed() {
      return signed;
    }

    private LedgerPosition position() {
      return new LedgerPosition("memory", timeline, renewals);
    }

    public synchronized void becomeUnavailable() {
      isUnavailable = true;
    }

    public synchronized void becomeAvailable() {
      isUnavailable = false;
    }

    /** Commits a settlement of any epoch, such as a late statement of an earlier process. */
    public synchronized void commit(int epoch, Payment settled) {
      rows.add(new Row(epoch, settled));
    }

    private void record(int epoch, RecordedPayment recording) {
      if (recorded.putIfAbsent(recording.payment().reportedBy().orElseThrow(), recording) == null) {
        commit(epoch, recording.payment());
      }
    }

    /** Changes rows without counting them. */
    public synchronized void changeRows(UnaryOperator<Payment> change) {
      rows.replaceAll(row -> new Row(row.epoch(), change.apply(row.payment())));
    }

    public synchronized void deleteRows(Predicate<Payment> condition) {
      rows.removeIf(row -> condition.test(row.payment()));
    }

    /** Returns the epoch of the last process. */
    public synchronized int epoch() {
      return epoch;
    }

    public synchronized boolean contains(UUID id) {
      return rows.stream().anyMatch(row -> row.payment().id().equals(id));
    }

    public synchronized void setTotals(String totals) {
      this.totals = totals;
    }

    /** Returns the totals of the last checkpoint. */
    public synchronized Optional<String> totals() {
      return Optional.ofNullable(totals);
    }

    /** Returns what was counted up to the last checkpoint, according to all checkpoints. */
    public synchronized AuditStore.Sum counted() {
      return counted;
    }

    /** Returns the segment of the last checkpoint, or 0 before the first one. */
    public synchronized int checkpointSegment() {
      return checkpointSegment;
    }
  }

  /**
   * @param amountBounds upper bounds of the amount buckets, in US cents
   * @param durationBounds upper bounds of the duration buckets, in microseconds
   */
  public InMemoryAuditStore(
      Storage storage, String holder, long[] amountBounds, long[] durationBounds) {
    this.storage = storage;
    this.holder = holder;
    this.amountBounds = amountBounds.clone();
    this.durationBounds = durationBounds.clone();
  }

  /** Creates a store with the buckets of the metrics. */
  public static InMemoryAuditStore withMetricsBuckets(Storage storage) {
    return new InMemoryAuditStore(
        storage,
        "a test",
        AuditedPipelineMetrics.amountBounds(),
        AuditedPipelineMetrics.durationBounds());
  }

  @Override
  public Future<AcquiredLease> acquire(int lastEpoch) {
    synchronized (storage) {
      if (storage.isUnavailable) {
        return unavailable();
      }
      if (storage.holder != null) {
        return Future.failedFuture(new IdentityInUseException("memory", storage.holder));
      }
      storage.holder = holder;
      storage.epoch = Math.max(storage.epoch, lastEpoch) + 1;
      storage.renewals++;
      epoch = storage.epoch;
      checkpointEpoch = storage.checkpointEpoch;
      checkpointSegment = storage.checkpointSegment;
      return Future.succeededFuture(
          new AcquiredLease(epoch, storage.totals, null, storage.position()));
    }
  }

  @Override
  public Future<LedgerPosition> renew(LedgerPosition compared) {
    return ifHeld(
            () -> {
              storage.holder = holder;
              storage.renewals++;
            })
        .map(renewed -> storage.position());
  }

  @Override
  public Future<Reread> reread(int segment) {
    return ifHeld(() -> {})
        .compose(
            held ->
                entries(
                    position ->
                        position.isFrom(storage.checkpointEpoch, storage.checkpointSegment + 1)
                            && position.isUpTo(epoch, segment)))
        .map(later -> new Reread(storage.position(), storage.totals, later));
  }

  @Override
  public Future<ChainHead> checkpoint(
      int segment, String totals, Sum counted, LedgerPosition position) {
    return verify(position)
        .compose(
            verified ->
                ifHeld(
                    () -> {
                      storage.checkpointEpoch = epoch;
                      storage.checkpointSegment = segment;
                      storage.totals = totals;
                      storage.counted = storage.counted.plus(counted);
                    }))
        .map(written -> storage.nextHead(epoch, segment));
  }

  @Override
  public Future<ChainHead.Stored> head() {
    return Future.succeededFuture(
        new ChainHead.Stored(
            "memory",
            "memory",
            Optional.ofNullable(storage.head),
            Optional.ofNullable(storage.signed)));
  }

  @Override
  public Future<Void> sign(ChainHead head, ChainHead.Signature signature) {
    return ifHeld(() -> storage.signed = new ChainHead.Signed(head, signature));
  }

  @Override
  public Future<Void> verify(LedgerPosition position) {
    LedgerPosition now = storage.position();
    return ifHeld(() -> {})
        .compose(
            held ->
                position.system().equals(now.system())
                        && position.timeline().equals(now.timeline())
                        && position.renewals() <= now.renewals()
                    ? Future.succeededFuture()
                    : Future.failedFuture(new LedgerUnavailableException("the ledger has moved")));
  }

  @Override
  public Future<Void> release() {
    return ifHeld(storage::expireLease).otherwiseEmpty();
  }

  private Future<Void> ifHeld(Runnable change) {
    synchronized (storage) {
      if (storage.isUnavailable) {
        return unavailable();
      }
      if (storage.epoch != epoch) {
        return Future.failedFuture(
            storage.epoch > epoch
                ? new SupersededException("memory")
                : new LedgerWentBackException("the epoch is missing"));
      }
      change.run();
      return Future.succeededFuture();
    }
  }

  @Override
  public Future<SettledTotals> segments(int first, int last) {
    return entries(position -> position.isFrom(epoch, first) && position.isUpTo(epoch, last));
  }

  @Override
  public Future<Void> awaitEarlierProcesses() {
    return Future.succeededFuture();
  }

  @Override
  public Future<SettledTotals> earlier() {
    return entries(
        position ->
            position.isFrom(checkpointEpoch, checkpointSegment + 1) && position.isUpTo(epoch, 0));
  }

  private Future<SettledTotals> entries(Predicate<Storage.Position> condition) {
    synchronized (storage) {
      if (storage.isUnavailable) {
        return unavailable();
      }
      List<Payment> payments =
          storage.rows.stream()
              .filter(row -> condition.test(row.position()))
              .map(Storage.Row::payment)
              .toList();
      List<BusinessEvent> events =
          storage.events.values().stream()
              .filter(row -> condition.test(row.position()))
              .map(Storage.EventRow::event)
              .toList();
      List<ReportedError> errors =
          storage.errors.values().stream()
              .filter(row -> condition.test(row.position()))
              .map(Storage.ErrorRow::error)
              .toList();
      return Future.succeededFuture(
          new SettledTotals(group(payments), groupEvents(events), groupErrors(errors)));
    }
  }

  private static List<ErrorTotal> groupErrors(List<ReportedError> errors) {
    Map<ErrorTotal, Long> groups = new LinkedHashMap<>();
    for (ReportedError error : errors) {
      groups.merge(
          new ErrorTotal(error.service(), error.errorType(), error.report().severity(), 1),
          1L,
          Long::sum);
    }
    return groups.entrySet().stream()
        .map(
            entry ->
                new ErrorTotal(
                    entry.getKey().service(),
                    entry.getKey().errorType(),
                    entry.getKey().severity(),
                    entry.getValue()))
        .toList();
  }

  private List<EventTotal> groupEvents(List<BusinessEvent> events) {
    Map<List<Object>, EventTotal> groups = new LinkedHashMap<>();
    for (BusinessEvent event : events) {
      EventTotal one = entry(event);
      groups.merge(List.of(one.label(), one.amountBucket()), one, InMemoryAuditStore::sum);
    }
    return List.copyOf(groups.values());
  }

  private EventTotal entry(BusinessEvent event) {
    long cents = event.amountUsd().movePointRight(2).longValueExact();
    return new EventTotal(event.label(), bucket(cents, amountBounds), 1, cents);
  }

  private static EventTotal sum(EventTotal one, EventTotal other) {
    return new EventTotal(
        one.label(), one.amountBucket(), one.count() + other.count(), one.cents() + other.cents());
  }

  private List<PaymentTotal> group(List<Payment> payments) {
    Map<PaymentTotal, PaymentTotal> groups = new LinkedHashMap<>();
    for (Payment payment : payments) {
      PaymentTotal one = entry(payment);
      groups.merge(with(one, 0, 0, 0), one, InMemoryAuditStore::sum);
    }
    return List.copyOf(groups.values());
  }

  private PaymentTotal entry(Payment payment) {
    long cents = payment.amountUsd().movePointRight(2).longValueExact();
    long micros = payment.settled().orElseThrow().duration().toNanos() / 1000;
    return new PaymentTotal(
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

  private static PaymentTotal sum(PaymentTotal one, PaymentTotal other) {
    return with(
        one,
        one.count() + other.count(),
        one.cents() + other.cents(),
        one.micros() + other.micros());
  }

  private static PaymentTotal with(PaymentTotal like, long count, long cents, long micros) {
    return new PaymentTotal(
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

  /** Moves the rows of this process with some receipts. */
  public Future<Void> move(List<UUID> receipts, int from, int to) {
    return ifHeld(
        () -> {
          storage.rows.replaceAll(
              row -> {
                boolean isMoved =
                    receipts.contains(row.payment().receipt())
                        && row.position().equals(new Storage.Position(epoch, from));
                return isMoved ? new Storage.Row(epoch, row.payment().inSegment(to)) : row;
              });
          storage.events.replaceAll(
              (key, row) ->
                  receipts.contains(row.event().receipt())
                      ? new Storage.EventRow(epoch, row.event().inSegment(to))
                      : row);
          storage.errors.replaceAll(
              (key, row) ->
                  receipts.contains(row.error().receipt())
                      ? new Storage.ErrorRow(epoch, row.error().inSegment(to))
                      : row);
        });
  }

  /** Returns the report ledger of this process. */
  public ReportLedger reports() {
    return new StorageLedger();
  }

  private final class StorageLedger implements PaymentLedger, ReportLedger {
    @Override
    public Future<Void> insert(Payment pending) {
      return ifHeld(() -> {});
    }

    @Override
    public Future<Optional<IdempotencyRecord<Payment>>> insert(
        Payment pending, IdempotencyKey key) {
      throw new UnsupportedOperationException("idempotency keys are not supported");
    }

    @Override
    public Future<Boolean> reroute(Payment pending, String from) {
      throw new UnsupportedOperationException("rerouting is not supported");
    }

    @Override
    public Future<Boolean> request(Payment pending, Optional<IdempotencyKey> key) {
      throw new UnsupportedOperationException("captures are not supported");
    }

    @Override
    public Future<Optional<IdempotencyRecord<Payment>>> findRecord(IdempotencyKey key) {
      throw new UnsupportedOperationException("captures are not supported");
    }

    @Override
    public Future<List<WaitingTotal>> waitingByGateway() {
      throw new AssertionError("the audit reads no actions");
    }

    @Override
    public Future<List<AuthorizedTotal>> authorizedByGateway() {
      throw new AssertionError("the audit reads no authorizations");
    }

    @Override
    public Future<Payment> markUnknown(Payment unknown) {
      throw new UnsupportedOperationException("unknown outcomes are not supported");
    }

    @Override
    public Future<Payment> settle(Payment settled) {
      return ifHeld(() -> storage.commit(epoch, settled)).map(settled);
    }

    @Override
    public Future<Optional<Payment>> find(UUID id) {
      synchronized (storage) {
        return Future.succeededFuture(
            storage.rows.stream()
                .map(Storage.Row::payment)
                .filter(p -> p.id().equals(id))
                .findFirst());
      }
    }

    @Override
    public Future<List<Payment>> list(
        PaymentFilter filter, PaymentPage.@Nullable Position after, int most) {
      throw new AssertionError("the audit lists no payments");
    }

    @Override
    public Future<StatusCounts> count(int max) {
      throw new AssertionError("the audit counts no payments");
    }

    @Override
    public Future<List<Recording>> record(List<BusinessEvent> events) {
      return ifHeld(
              () ->
                  events.forEach(
                      e -> storage.events.putIfAbsent(key(e), new Storage.EventRow(epoch, e))))
          .map(done -> events.stream().map(this::compare).toList());
    }

    private Recording compare(BusinessEvent event) {
      return InMemoryPaymentLedger.compare(
          Objects.requireNonNull(storage.events.get(key(event))).event(), event);
    }

    @Override
    public Future<List<Recording>> recordErrors(List<ReportedError> errors) {
      return ifHeld(
              () ->
                  errors.forEach(
                      e -> storage.errors.putIfAbsent(key(e), new Storage.ErrorRow(epoch, e))))
          .map(done -> errors.stream().map(this::compare).toList());
    }

    private Recording compare(ReportedError error) {
      return InMemoryPaymentLedger.compare(
          Objects.requireNonNull(storage.errors.get(key(error))).error(), error);
    }

    @Override
    public Future<List<Recording>> recordPayments(List<RecordedPayment> payments) {
      return ifHeld(() -> payments.forEach(payment -> storage.record(epoch, payment)))
          .map(done -> payments.stream().map(this::compare).toList());
    }

    private Recording compare(RecordedPayment payment) {
      return InMemoryPaymentLedger.compare(
          Objects.requireNonNull(
              storage.recorded.get(payment.payment().reportedBy().orElseThrow())),
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
      synchronized (storage) {
        return storage.isUnavailable ? unavailable() : Future.succeededFuture();
      }
    }
  }

  private static <T> Future<T> unavailable() {
    return Future.failedFuture(new LedgerUnavailableException("unavailable in this test"));
  }
}
