package dev.paymeter.publisher;

import static dev.paymeter.publisher.RowValues.micros;
import static dev.paymeter.publisher.RowValues.minorUnits;
import static dev.paymeter.publisher.RowValues.named;

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
import java.util.Currency;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reports to Paymeter from an application in its cluster. Rows travel in batches, and are sent
 * again under the same ids until they are answered: each counts once, whatever gets lost on the
 * way. Operations are many and worth less: they have room of their own, are sent a few times only,
 * and are given up without more ado than a count.
 *
 * <p>{@link #event}, {@link #error}, {@link #payment}, {@link #operation} and {@link #connections}
 * are safe from any thread and wait for nothing; what they return says whether there was room, not
 * whether the row was counted. Handlers run on the Vert.x context that the publisher was made on:
 * the verticle's, where one makes it in its {@code start}; such a verticle is to close it in its
 * {@code stop}. What is held is lost with the process: an application that must not lose a row
 * reports it again, under the same id, after a restart.
 */
public final class Publisher {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private static final Duration BETWEEN_LOOKS_AT_POOLS = Duration.ofMillis(500);

  /** So that a pool is told of every 30 s even where an answer is lost. */
  private static final Duration BETWEEN_POOL_REPEATS = Duration.ofSeconds(20);

  private static final Duration LONGEST_POOL_REPLY = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final Context context;
  private final PublisherOptions options;
  private final DeliveryCounters deliveryCounters;
  private final DeliveryCounters operationTally;
  private final Map<RowKind, RowQueue> outboxes = new EnumMap<>(RowKind.class);
  private final PoolReporter pools;
  private final long ticks;
  private final long looksAtPools;
  private final Promise<Void> drained = Promise.promise();
  private final AtomicBoolean isClosing = new AtomicBoolean();
  private volatile Handler<UnpublishedRow> rejections = row -> {};
  private volatile Handler<UnpublishedRow> givenUp = row -> {};

  /** How bad an error is. */
  public enum Severity {
    MEDIUM,
    HIGH
  }

  /** How an operation ended. */
  public enum Outcome {
    SUCCESS,
    FAILURE
  }

  private Publisher(Vertx vertx, String name, PublisherOptions options) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.options = options;
    this.deliveryCounters = new DeliveryCounters(options.capacity());
    this.operationTally = new DeliveryCounters(options.operationCapacity());
    for (RowKind kind : RowKind.values()) {
      outboxes.put(kind, outbox(kind, name));
    }
    this.pools = new PoolReporter(vertx, name, poolReply(), BETWEEN_POOL_REPEATS, this::reject);
    this.ticks = every(options.batchAge(), this::sendAll);
    this.looksAtPools = every(BETWEEN_LOOKS_AT_POOLS, pools::sendDue);
  }

  private RowQueue outbox(RowKind kind, String name) {
    BatchEncoder batchEncoder =
        kind == RowKind.OPERATION
            ? new Numbering(name, Clock.systemUTC())
            : rows -> new BatchEncoder.Parcel(kind.message(name, rows), null);
    return new RowQueue(kind, batchEncoder, vertx, context, options, tally(kind), this::ended);
  }

  private DeliveryCounters tally(RowKind kind) {
    return kind == RowKind.OPERATION ? operationTally : deliveryCounters;
  }

  private Duration poolReply() {
    Duration reply = options.replyTimeout();
    return reply.compareTo(LONGEST_POOL_REPLY) < 0 ? reply : LONGEST_POOL_REPLY;
  }

  private long every(Duration interval, Runnable work) {
    return vertx.setPeriodic(interval.toMillis(), tick -> context.runOnContext(now -> work.run()));
  }

  /**
   * A publisher of the default options.
   *
   * @param name by which Paymeter knows the application, the same in all its processes: 1 to 128
   *     letters, digits, dots, hyphens, underscores
   * @throws IllegalArgumentException when the name is another
   */
  public static Publisher create(Vertx vertx, String name) {
    return create(vertx, name, PublisherOptions.DEFAULTS);
  }

  /** As {@link #create(Vertx, String)}, of other options. */
  public static Publisher create(Vertx vertx, String name, PublisherOptions options) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name: wanted 1 to 128 letters, digits, dots, hyphens, underscores, found " + name);
    }
    return new Publisher(vertx, name, options);
  }

  /**
   * Is told of rows that were wrong. Of a message of operations, which may be many, that is its
   * first one; of connections, each time that they are sent again.
   */
  public Publisher onRejected(Handler<UnpublishedRow> handler) {
    rejections = handler;
    return this;
  }

  /** Is told of rows that nobody answered for as long as they may be sent; not of operations. */
  public Publisher onGivenUp(Handler<UnpublishedRow> handler) {
    givenUp = handler;
    return this;
  }

  /**
   * Reports a business event.
   *
   * @param id the application's own name for it: whatever is reported again under it is the same
   * @param event a lower-case word
   * @param amount in major units, above zero
   * @return whether there was room for it
   * @throws IllegalArgumentException when the amount has more decimals than the currency
   */
  public boolean event(String id, String event, BigDecimal amount, Currency currency) {
    return offer(
        RowKind.EVENT,
        named(id, "id"),
        named(event, "event"),
        minorUnits(amount, currency),
        currency.getCurrencyCode());
  }

  /**
   * Reports an error of a service.
   *
   * @param id as of an event
   * @param service whose error it is
   * @param errorType what kind of error, as a class is named
   * @return whether there was room for it
   */
  public boolean error(String id, String service, String errorType, Severity severity) {
    return offer(
        RowKind.ERROR,
        named(id, "id"),
        named(service, "service"),
        named(errorType, "errorType"),
        severity.name().toLowerCase(Locale.ROOT));
  }

  /**
   * Reports a payment that the application has processed.
   *
   * @return whether there was room for it
   * @throws IllegalArgumentException when the amount has more decimals than the currency
   */
  public boolean payment(ProcessedPayment payment) {
    ProcessedPayment.Failure failure = payment.failure();
    return offer(
        RowKind.PAYMENT,
        named(payment.id(), "id"),
        named(payment.orderId(), "orderId"),
        named(payment.userId(), "userId"),
        minorUnits(payment.amount(), payment.currency()),
        payment.currency().getCurrencyCode(),
        named(payment.userTier(), "userTier"),
        named(payment.paymentMethod(), "paymentMethod"),
        named(payment.gateway(), "gateway"),
        failure == null ? "success" : "failed",
        micros(payment.duration()),
        failure == null ? null : failure.errorType(),
        failure == null ? null : failure.message(),
        payment.settledAt() == null
            ? null
            : payment.settledAt().truncatedTo(ChronoUnit.MICROS).toString());
  }

  /**
   * Reports a low-level step of the application's own, such as a query, of which there may be many
   * thousands a second. Paymeter records a sample. Where operations find no room, they are dropped;
   * they never take that of other rows.
   *
   * @param name a lower-case word of 1 to 64 characters, none of Paymeter's own operations
   * @param duration 0 to an hour; cut to microseconds
   * @return whether there was room for it
   */
  public boolean operation(String name, Outcome outcome, Duration duration) {
    return offer(
        RowKind.OPERATION,
        named(name, "name"),
        outcome.name().toLowerCase(Locale.ROOT),
        micros(duration));
  }

  /**
   * Tells how many connections to a database the application uses now. It is sent within half a
   * second, and again every 20 s until there is other news of this pool, or the publisher is
   * closed. Of what is told faster, only the last is sent.
   *
   * @param database 1 to 64 letters, digits, dots, hyphens, underscores
   * @param pool as the database; Paymeter takes pools that its {@code metrics.connections} names
   * @param active 0 to {@code max}
   * @param max 1 to 1,000,000
   * @return whether it will be sent: not after closing, and not of more than 100 pools
   */
  public boolean connections(String database, String pool, int active, int max) {
    return pools.tell(named(database, "database"), named(pool, "pool"), active, max);
  }

  private boolean offer(RowKind kind, @Nullable Object... row) {
    return Objects.requireNonNull(outboxes.get(kind)).offer(row);
  }

  /** Of events, errors and payments together. */
  public PublisherCounts counts() {
    return deliveryCounters.read();
  }

  public OperationCounts operationCounts() {
    return operationTally.readOperations();
  }

  /**
   * Takes no more rows, and sends what it holds.
   *
   * @return succeeds when every row is answered or, after {@link PublisherOptions#closeTimeout},
   *     given up
   */
  public Future<Void> close() {
    outboxes.values().forEach(RowQueue::close);
    pools.close();
    vertx.cancelTimer(ticks);
    vertx.cancelTimer(looksAtPools);
    if (isClosing.compareAndSet(false, true)) {
      long deadline =
          vertx.setTimer(
              options.closeTimeout().toMillis(), late -> context.runOnContext(now -> giveUpAll()));
      drained.future().onComplete(done -> vertx.cancelTimer(deadline));
      context.runOnContext(now -> sendAll());
    }
    return drained.future();
  }

  private void sendAll() {
    outboxes.values().forEach(RowQueue::sendAll);
    endWhenDrained();
  }

  private void giveUpAll() {
    outboxes.values().forEach(RowQueue::giveUpAll);
    endWhenDrained();
  }

  /** Counts and reports rows; of rejected operations, which may be many, only the first. */
  private void ended(Optional<BatchReply> reply, RowQueue.Sent sent) {
    boolean isOperation = sent.kind() == RowKind.OPERATION;
    DeliveryCounters counts = tally(sent.kind());
    reply.ifPresentOrElse(
        answer -> {
          counts.answered(answer);
          answer.rejected().entrySet().stream()
              .limit(isOperation ? 1 : Integer.MAX_VALUE)
              .forEach(row -> reject(unpublished(sent, row.getKey(), row.getValue())));
        },
        () -> {
          counts.gaveUp(sent.rows().size());
          for (int row = 0; row < sent.rows().size() && !isOperation; row++) {
            tell(givenUp, unpublished(sent, row, new JsonArray()));
          }
        });
    endWhenDrained();
  }

  private void reject(UnpublishedRow row) {
    tell(rejections, row);
  }

  /** Each by itself: a handler that throws takes no other row's news with it. */
  private void tell(Handler<UnpublishedRow> handler, UnpublishedRow row) {
    context.runOnContext(now -> handler.handle(row));
  }

  private static UnpublishedRow unpublished(RowQueue.Sent sent, int row, JsonArray errors) {
    return new UnpublishedRow(sent.kind().word(), sent.kind().object(sent.rows().get(row)), errors);
  }

  /** After all that was to be told. */
  private void endWhenDrained() {
    if (isClosing.get() && deliveryCounters.isIdle() && operationTally.isIdle()) {
      context.runOnContext(now -> drained.tryComplete());
    }
  }
}
