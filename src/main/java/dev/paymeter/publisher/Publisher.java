package dev.paymeter.publisher;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Currency;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reports to Paymeter from an application in its cluster. Rows travel in batches, and are sent
 * again under the same ids until they are answered: each counts once, whatever gets lost on the
 * way.
 *
 * <p>{@link #event}, {@link #error} and {@link #payment} are safe from any thread and wait for
 * nothing; what they return says whether there was room, not whether the row was counted. Handlers
 * run on the Vert.x context that the publisher was made on: the verticle's, where one makes it in
 * its {@code start}; such a verticle is to close it in its {@code stop}. What is held is lost with
 * the process: an application that must not lose a row reports it again, under the same id, after a
 * restart.
 */
public final class Publisher {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private final Vertx vertx;
  private final Context context;
  private final PublisherOptions options;
  private final Tally tally;
  private final Map<RowKind, Outbox> outboxes = new EnumMap<>(RowKind.class);
  private final long ticks;
  private final Promise<Void> drained = Promise.promise();
  private final AtomicBoolean isClosing = new AtomicBoolean();
  private volatile Handler<Unpublished> rejections = row -> {};
  private volatile Handler<Unpublished> givenUp = row -> {};

  /** How bad an error is. */
  public enum Severity {
    MEDIUM,
    HIGH
  }

  private Publisher(Vertx vertx, String name, PublisherOptions options) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.options = options;
    this.tally = new Tally(options.capacity());
    for (RowKind kind : RowKind.values()) {
      outboxes.put(kind, new Outbox(kind, name, vertx, context, options, tally, this::ended));
    }
    this.ticks =
        vertx.setPeriodic(
            options.batchAge().toMillis(), tick -> context.runOnContext(now -> sendAll()));
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

  /** Is told of rows that were wrong. */
  public Publisher onRejected(Handler<Unpublished> handler) {
    rejections = handler;
    return this;
  }

  /** Is told of rows that nobody answered for as long as they may be sent. */
  public Publisher onGivenUp(Handler<Unpublished> handler) {
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

  private boolean offer(RowKind kind, @Nullable Object... row) {
    return Objects.requireNonNull(outboxes.get(kind)).offer(row);
  }

  private static String named(String value, String name) {
    return Objects.requireNonNull(value, name);
  }

  private static long minorUnits(BigDecimal amount, Currency currency) {
    try {
      return amount.movePointRight(currency.getDefaultFractionDigits()).longValueExact();
    } catch (ArithmeticException notWhole) {
      throw new IllegalArgumentException(
          "amount: wanted at most "
              + currency.getDefaultFractionDigits()
              + " decimals, as "
              + currency
              + " has, found "
              + amount,
          notWhole);
    }
  }

  private static long micros(Duration duration) {
    return TimeUnit.SECONDS.toMicros(duration.getSeconds()) + duration.getNano() / 1000;
  }

  /** Of all kinds together. */
  public PublisherCounts counts() {
    return tally.read();
  }

  /**
   * Takes no more rows, and sends what it holds.
   *
   * @return succeeds when every row is answered or, after {@link PublisherOptions#closeTimeout},
   *     given up
   */
  public Future<Void> close() {
    outboxes.values().forEach(Outbox::close);
    vertx.cancelTimer(ticks);
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
    outboxes.values().forEach(Outbox::sendAll);
    endWhenDrained();
  }

  private void giveUpAll() {
    outboxes.values().forEach(Outbox::giveUpAll);
    endWhenDrained();
  }

  private void ended(Optional<BatchReply> reply, Outbox.Sent sent) {
    reply.ifPresentOrElse(
        answer -> {
          tally.answered(answer);
          answer
              .rejected()
              .forEach((row, errors) -> tell(rejections, unpublished(sent, row, errors)));
        },
        () -> {
          tally.gaveUp(sent.rows().size());
          for (int row = 0; row < sent.rows().size(); row++) {
            tell(givenUp, unpublished(sent, row, new JsonArray()));
          }
        });
    endWhenDrained();
  }

  /** Each by itself: a handler that throws takes no other row's news with it. */
  private void tell(Handler<Unpublished> handler, Unpublished row) {
    context.runOnContext(now -> handler.handle(row));
  }

  private static Unpublished unpublished(Outbox.Sent sent, int row, JsonArray errors) {
    return new Unpublished(sent.kind().word(), sent.kind().object(sent.rows().get(row)), errors);
  }

  /** After all that was to be told. */
  private void endWhenDrained() {
    if (isClosing.get() && tally.isIdle()) {
      context.runOnContext(now -> drained.tryComplete());
    }
  }
}
