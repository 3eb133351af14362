package dev.paymeter.publisher;

import static java.util.Objects.requireNonNull;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.Currency;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Client that reports to Paymeter from an application in its cluster. Rows are sent in batches and
 * retried with the same ids until there is a reply, so Paymeter counts each of them once.
 * Operations are frequent and less important: they have a separate capacity and few attempts, and
 * are then only counted as given up.
 *
 * <p>{@link #event}, {@link #error}, {@link #payment}, {@link #operation} and {@link #connections}
 * are safe from any thread and do not block. They return whether the report was queued, not whether
 * Paymeter counted it. Handlers run on the Vert.x context that created the publisher; a verticle
 * creates it in {@code start} and closes it in {@code stop}. Queued rows are lost if the process
 * ends: an application that must not lose a row reports it again after a restart, with the same id.
 *
 * <p>No value makes these methods throw, except null where it is not allowed. Paymeter validates
 * the values: an invalid row is counted as rejected and passed to {@link #onRejected} with its
 * errors.
 */
public final class Publisher {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private static final Duration POOL_CHECK_INTERVAL = Duration.ofMillis(500);

  /** Short enough for a report every 30 s even if a reply is lost. */
  private static final Duration POOL_REPEAT_INTERVAL = Duration.ofSeconds(20);

  private static final Duration MAX_POOL_REPLY_TIMEOUT = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final Context context;
  private final PublisherOptions options;
  private final DeliveryCounters deliveryCounters;
  private final DeliveryCounters operationCounters;
  private final Map<RowKind, RowQueue> queues = new EnumMap<>(RowKind.class);
  private final PoolReporter pools;
  private final long sendTimer;
  private final long poolTimer;
  private final Promise<Void> drained = Promise.promise();
  private final AtomicBoolean isClosing = new AtomicBoolean();
  private volatile Handler<UnpublishedRow> rejections = row -> {};
  private volatile Handler<UnpublishedRow> givenUp = row -> {};

  /** Severity of an error. */
  public enum Severity {
    MEDIUM,
    HIGH
  }

  /** Outcome of an operation. */
  public enum Outcome {
    SUCCESS,
    FAILURE
  }

  private Publisher(Vertx vertx, String name, PublisherOptions options) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.options = options;
    this.deliveryCounters = new DeliveryCounters(options.capacity());
    this.operationCounters = new DeliveryCounters(options.operationCapacity());
    for (RowKind kind : RowKind.values()) {
      queues.put(kind, queue(kind, name));
    }
    Duration poolReplyTimeout =
        Collections.min(List.of(options.replyTimeout(), MAX_POOL_REPLY_TIMEOUT));
    this.pools =
        new PoolReporter(vertx, name, poolReplyTimeout, POOL_REPEAT_INTERVAL, this::reject);
    this.sendTimer = every(options.batchAge(), () -> forAll(RowQueue::sendAll));
    this.poolTimer = every(POOL_CHECK_INTERVAL, pools::sendDue);
  }

  private RowQueue queue(RowKind kind, String name) {
    BatchEncoder batchEncoder =
        kind == RowKind.OPERATION
            ? new Numbering(name, Clock.systemUTC())
            : rows -> new BatchEncoder.EncodedBatch(kind.message(name, rows), null);
    return new RowQueue(
        new Delivery.Channel(vertx, options, kind, batchEncoder),
        context,
        counters(kind),
        (reply, rows) -> ended(kind, reply, rows));
  }

  private DeliveryCounters counters(RowKind kind) {
    return kind == RowKind.OPERATION ? operationCounters : deliveryCounters;
  }

  private long every(Duration interval, Runnable work) {
    return vertx.setPeriodic(interval.toMillis(), tick -> context.runOnContext(now -> work.run()));
  }

  /**
   * Creates a publisher with the default options.
   *
   * @param name name of the application, the same in all its processes: 1 to 128 letters, digits,
   *     dots, hyphens, underscores
   * @throws IllegalArgumentException if the name is invalid
   */
  public static Publisher create(Vertx vertx, String name) {
    return create(vertx, name, PublisherOptions.DEFAULTS);
  }

  /** Creates a publisher, as {@link #create(Vertx, String)}, with other options. */
  public static Publisher create(Vertx vertx, String name, PublisherOptions options) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name: expected 1 to 128 letters, digits, dots, hyphens, underscores, found " + name);
    }
    return new Publisher(vertx, name, options);
  }

  /**
   * Sets the handler of rejected rows. It gets only the first rejected operation of a message, and
   * a rejected connection pool each time it is sent.
   */
  public Publisher onRejected(Handler<UnpublishedRow> handler) {
    rejections = handler;
    return this;
  }

  /** Sets the handler of rows, except operations, that are given up without a reply. */
  public Publisher onGivenUp(Handler<UnpublishedRow> handler) {
    givenUp = handler;
    return this;
  }

  /**
   * Reports a business event.
   *
   * @param id the application's id: reports with the same id are the same event
   * @param event name of the event, a lower-case word
   * @param amount in major units, above zero, with at most the currency's number of decimals
   * @return whether it was queued
   */
  public boolean event(String id, String event, BigDecimal amount, Currency currency) {
    return offer(
        RowKind.EVENT,
        requireNonNull(id, "id"),
        requireNonNull(event, "event"),
        minorUnits(amount, currency),
        currency.getCurrencyCode());
  }

  /**
   * Reports an error of a service.
   *
   * @param id the application's id, as of an event
   * @param service service that had the error
   * @param errorType type of the error, such as the name of an exception class
   * @return whether it was queued
   */
  public boolean error(String id, String service, String errorType, Severity severity) {
    return offer(
        RowKind.ERROR,
        requireNonNull(id, "id"),
        requireNonNull(service, "service"),
        requireNonNull(errorType, "errorType"),
        severity.name().toLowerCase(Locale.ROOT));
  }

  /**
   * Reports a payment that the application has processed.
   *
   * @return whether it was queued
   */
  public boolean payment(ProcessedPayment payment) {
    ProcessedPayment.Failure failure = payment.failure();
    return offer(
        RowKind.PAYMENT,
        requireNonNull(payment.id(), "id"),
        requireNonNull(payment.orderId(), "orderId"),
        requireNonNull(payment.userId(), "userId"),
        minorUnits(payment.amount(), payment.currency()),
        payment.currency().getCurrencyCode(),
        requireNonNull(payment.userTier(), "userTier"),
        requireNonNull(payment.paymentMethod(), "paymentMethod"),
        requireNonNull(payment.gateway(), "gateway"),
        failure == null ? "success" : "failed",
        micros(payment.duration()),
        failure == null ? null : failure.errorType(),
        failure == null ? null : failure.code(),
        failure == null ? null : failure.message(),
        payment.settledAt() == null
            ? null
            : payment.settledAt().truncatedTo(ChronoUnit.MICROS).toString());
  }

  /**
   * Reports a low-level operation of the application, such as a query; thousands a second are
   * possible. Paymeter records a sample. Operations are dropped if their capacity is used up; they
   * do not use the capacity of other rows.
   *
   * @param name a lower-case word of 1 to 64 characters, not an operation of Paymeter itself
   * @param duration 0 to an hour; truncated to microseconds
   * @return whether it was queued
   */
  public boolean operation(String name, Outcome outcome, Duration duration) {
    return offer(
        RowKind.OPERATION,
        requireNonNull(name, "name"),
        outcome.name().toLowerCase(Locale.ROOT),
        micros(duration));
  }

  /**
   * Reports the number of database connections that the application uses now. The report is sent
   * within half a second, and again every 20 s until the values change or the publisher is closed.
   * If values change faster, only the last ones are sent.
   *
   * @param database 1 to 64 letters, digits, dots, hyphens, underscores
   * @param pool as the database; Paymeter accepts the pools in its {@code metrics.connections}
   * @param active 0 to {@code max}
   * @param max 1 to 1,000,000
   * @return whether it will be sent: false after closing, and for a 101st pool
   */
  public boolean connections(String database, String pool, int active, int max) {
    return pools.report(
        requireNonNull(database, "database"), requireNonNull(pool, "pool"), active, max);
  }

  /** Returns whole minor units, or as text an amount that has none, which Paymeter rejects. */
  private static Object minorUnits(BigDecimal amount, Currency currency) {
    try {
      return amount.movePointRight(currency.getDefaultFractionDigits()).longValueExact();
    } catch (ArithmeticException fractionOrOverflow) {
      return amount.toString();
    }
  }

  private static long micros(Duration duration) {
    return TimeUnit.SECONDS.toMicros(duration.getSeconds()) + duration.getNano() / 1000;
  }

  private boolean offer(RowKind kind, @Nullable Object... row) {
    return requireNonNull(queues.get(kind)).offer(row);
  }

  /** Returns the counts of events, errors and payments. */
  public PublisherCounts counts() {
    return deliveryCounters.read();
  }

  public OperationCounts operationCounts() {
    return operationCounters.readOperations();
  }

  /**
   * Refuses further rows and sends those that are queued.
   *
   * @return succeeds when each row has a reply or, after {@link PublisherOptions#closeTimeout}, is
   *     given up
   */
  public Future<Void> close() {
    queues.values().forEach(RowQueue::close);
    pools.close();
    vertx.cancelTimer(sendTimer);
    vertx.cancelTimer(poolTimer);
    if (isClosing.compareAndSet(false, true)) {
      long deadline =
          vertx.setTimer(
              options.closeTimeout().toMillis(),
              late -> context.runOnContext(now -> forAll(RowQueue::giveUpAll)));
      drained.future().onComplete(done -> vertx.cancelTimer(deadline));
      context.runOnContext(now -> forAll(RowQueue::sendAll));
    }
    return drained.future();
  }

  private void forAll(Consumer<RowQueue> step) {
    queues.values().forEach(step);
    endWhenDrained();
  }

  /** Counts and reports rows; of rejected operations, which may be many, only the first. */
  private void ended(RowKind kind, Optional<BatchReply> reply, List<@Nullable Object[]> rows) {
    boolean isOperation = kind == RowKind.OPERATION;
    DeliveryCounters counts = counters(kind);
    reply.ifPresentOrElse(
        batch -> {
          counts.recordReply(batch);
          batch.rejected().entrySet().stream()
              .limit(isOperation ? 1 : Integer.MAX_VALUE)
              .forEach(row -> reject(kind.unpublished(rows.get(row.getKey()), row.getValue())));
        },
        () -> {
          counts.recordGivenUp(rows.size());
          if (!isOperation) {
            rows.forEach(row -> callHandler(givenUp, kind.unpublished(row, new JsonArray())));
          }
        });
    endWhenDrained();
  }

  private void reject(UnpublishedRow row) {
    callHandler(rejections, row);
  }

  /** Calls a handler separately for each row, so that an exception does not affect other rows. */
  private void callHandler(Handler<UnpublishedRow> handler, UnpublishedRow row) {
    context.runOnContext(now -> handler.handle(row));
  }

  /** Completes the closing after all handlers have been called. */
  private void endWhenDrained() {
    if (isClosing.get() && deliveryCounters.isIdle() && operationCounters.isIdle()) {
      context.runOnContext(now -> drained.tryComplete());
    }
  }
}
