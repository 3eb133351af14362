package dev.paymeter.webhook;

import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.service.Retry;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sender of the webhooks of one endpoint, of which this process holds the lease, at the endpoint's
 * pace. All calls are on one context.
 */
final class EndpointSender {
  private static final Logger log = LoggerFactory.getLogger(EndpointSender.class);

  /** Maximum number of webhooks that are read at once. */
  static final int MAX_BATCH = 100;

  /** The pause between searches for webhooks that have waited for too long. */
  private static final Duration EXPIRY_INTERVAL = Duration.ofSeconds(10);

  /** The pauses after a statement that could not disable the endpoint or end webhooks. */
  private static final Duration MIN_MOVE_PAUSE = Duration.ofSeconds(1);

  private static final Duration MAX_MOVE_PAUSE = Duration.ofSeconds(30);

  /**
   * Parts that all senders share.
   *
   * @param maxInFlight maximum number of attempts in progress at one endpoint
   * @param mayStart whether the process may start attempts: its leases are valid
   * @param nanoTime a monotonic clock in nanoseconds
   */
  record Context(
      WebhookStore store,
      RetrySchedule schedule,
      int maxInFlight,
      BooleanSupplier mayStart,
      LongSupplier nanoTime) {}

  private final String name;
  private final Context context;
  private final Supplier<@Nullable WebhookEndpoint> endpoint;
  private final WebhookClient client;
  private final EndpointPace pace;

  private final Map<Long, WebhookClient.Call> inFlight = new HashMap<>();
  private final Deque<Webhook> ready = new ArrayDeque<>();

  /** Numbers of webhooks from their reading until their outcome is recorded. */
  private final Set<Long> taken = new HashSet<>();

  private final List<Webhook> delivered = new ArrayList<>();
  private final List<WebhookStore.Failure> failed = new ArrayList<>();
  private final List<Promise<Void>> drained = new ArrayList<>();

  private @Nullable EventOffset offset;
  private long waiting;
  private long maxWaiting = Long.MAX_VALUE;
  private boolean isDisabled;
  private boolean isGone;
  private boolean isReading;
  private boolean isRejected;
  private boolean isWriting;
  private boolean isDraining;
  private boolean isClosed;
  private boolean mayHaveDue = true;
  private long nextExpiry;
  private long nextMove;
  private int failedMoves;

  /**
   * @param endpoint returns the endpoint as it is configured; null after it was removed
   */
  EndpointSender(
      String name,
      Context context,
      Supplier<@Nullable WebhookEndpoint> endpoint,
      WebhookClient client) {
    this.name = name;
    this.context = context;
    this.endpoint = endpoint;
    this.client = client;
    this.pace =
        new EndpointPace(context.maxInFlight(), context.schedule().period(), context.nanoTime());
    this.nextExpiry = now();
    this.nextMove = nextExpiry;
  }

  private long now() {
    return context.nanoTime().getAsLong();
  }

  /** Returns the offset up to which events are queued; null until it is known. */
  @Nullable EventOffset offset() {
    return offset;
  }

  void setOffset(@Nullable EventOffset reached) {
    offset = reached;
  }

  /** Adopts what the ledger stores, unless this process knows better. */
  void renewed(WebhookStore.Held held, int maxWaiting) {
    this.maxWaiting = maxWaiting;
    waiting = held.waiting();
    if (isDisabled != held.isDisabled() && !isGone) {
      isDisabled = held.isDisabled();
      pace.reset();
    }
    if (offset == null) {
      offset = held.offset();
    }
  }

  /** Returns whether events are to be queued for the endpoint. */
  boolean acceptsEvents() {
    return offset != null && waiting < maxWaiting && !isDisabled && !isGone && !isDraining;
  }

  /**
   * Notes that webhooks were queued.
   *
   * @param count at most so many; the next renewal counts again
   */
  void queued(long count) {
    waiting += count;
    mayHaveDue = true;
    work();
  }

  /** Retries what was due or failed before. Called several times in a second. */
  void tick() {
    mayHaveDue = true;
    store();
    if (pace.isSuspended() && !isClosed && now() - nextExpiry >= 0) {
      nextExpiry = now() + EXPIRY_INTERVAL.toNanos();
      expire();
    }
    work();
  }

  private int maxInFlight() {
    return isClosed || isDraining || isDisabled || isGone || !context.mayStart().getAsBoolean()
        ? 0
        : pace.maxInFlight();
  }

  /** Starts as many attempts as are allowed, and reads more. */
  private void work() {
    while (!ready.isEmpty() && inFlight.size() < maxInFlight()) {
      start(ready.remove());
    }
    if (isRejected) {
      isRejected = false;
      store();
    }
    if (mayHaveDue && !isReading && ready.isEmpty() && inFlight.size() < maxInFlight()) {
      read();
    }
  }

  private void read() {
    isReading = true;
    mayHaveDue = false;
    Futures.attempt(
            () -> context.store().due(name, pace.isSuspended() ? 1 : MAX_BATCH, List.copyOf(taken)))
        .onComplete(
            due -> {
              isReading = false;
              mayHaveDue |= due.size() == MAX_BATCH;
              due.stream().filter(each -> taken.add(each.number())).forEach(ready::add);
              if (!due.isEmpty()) {
                work();
              }
            },
            failure -> {
              isReading = false;
              Futures.logUnlessUnavailable("Cannot read webhooks", failure);
            });
  }

  private void start(Webhook webhook) {
    WebhookEndpoint configured = endpoint.get();
    if (configured == null) { // The lease is not renewed.
      taken.remove(webhook.number());
      return;
    }
    if (!configured.mayReceive(webhook.content())) {
      reject(webhook);
      return;
    }
    WebhookClient.Call call = client.send(configured, webhook.content());
    inFlight.put(webhook.number(), call);
    call.outcome()
        .onSuccess(
            attempt -> {
              inFlight.remove(webhook.number());
              if (!isClosed) {
                ended(webhook, attempt);
              }
            });
  }

  /** Makes a webhook a dead letter that the endpoint must not receive any more. */
  private void reject(Webhook webhook) {
    failed.add(
        new WebhookStore.Failure(
            webhook.number(),
            webhook.content().id(),
            WebhookStore.OTHER_MERCHANT,
            Optional.empty()));
    logDead(webhook, WebhookStore.OTHER_MERCHANT);
    isRejected = true;
  }

  private void ended(Webhook webhook, Attempt attempt) {
    if (attempt.isDelivered()) {
      delivered.add(webhook);
      resume();
    } else {
      failed.add(failure(webhook, attempt));
      slowDown(attempt);
    }
    if (attempt.isGone() && !isGone) {
      log.warn("The webhook endpoint {} responded with 410 and is disabled", name);
      isGone = true;
      forgetReady();
    }
    store();
    work();
  }

  private void resume() {
    if (pace.isSuspended()) {
      log.info("The webhook endpoint {} accepts webhooks again", name);
    }
    pace.succeeded();
  }

  private WebhookStore.Failure failure(Webhook webhook, Attempt attempt) {
    Optional<Duration> pause =
        context
            .schedule()
            .pauseAfter(webhook.attempts() + 1)
            .map(least -> longer(least, attempt.retryAfter()));
    if (pause.isEmpty()) {
      logDead(webhook, attempt.error());
    }
    return new WebhookStore.Failure(
        webhook.number(), webhook.content().id(), attempt.error(), pause);
  }

  private void logDead(Webhook webhook, String error) {
    log.atWarn()
        .addKeyValue("endpoint", name)
        .addKeyValue("webhook", webhook.content().id())
        .addKeyValue("error", error)
        .log("A webhook became a dead letter");
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? other : one;
  }

  private void slowDown(Attempt attempt) {
    if (pace.failed(attempt, inFlight.isEmpty())) {
      log.warn(
          "The webhook endpoint {} failed {} times in a row and is suspended; the last error: {}",
          name,
          EndpointPace.FAILURES_TO_SUSPEND,
          attempt.error());
      forgetReady();
    }
  }

  private void forgetReady() {
    ready.forEach(each -> taken.remove(each.number()));
    ready.clear();
  }

  /** Stores what is not stored yet. */
  private void store() {
    record();
    if (isGone) {
      disable();
    } else if (isDisabled && waiting > 0 && !isClosed) {
      discard();
    }
  }

  /**
   * Stores outcomes; those that arrive meanwhile follow together. One statement writes at a time,
   * so that two never wait for each other's rows.
   */
  private void record() {
    if (isWriting) {
      return;
    }
    if (delivered.isEmpty() && failed.isEmpty()) {
      completeDrained();
      return;
    }
    List<Webhook> successes = List.copyOf(delivered);
    List<WebhookStore.Failure> failures = List.copyOf(failed);
    write(
        () ->
            (successes.isEmpty() ? done() : context.store().delivered(name, successes))
                .compose(
                    stored -> failures.isEmpty() ? done() : context.store().failed(name, failures)),
        stored -> {
          delivered.subList(0, successes.size()).clear();
          failed.subList(0, failures.size()).clear();
          successes.forEach(each -> taken.remove(each.number()));
          failures.forEach(each -> taken.remove(each.number()));
          mayHaveDue = true;
        });
  }

  private static Future<Void> done() {
    return Future.succeededFuture();
  }

  /** Writes, then continues with what has arrived meanwhile. The next tick repeats a failure. */
  private <T> void write(Supplier<Future<T>> statement, Consumer<T> then) {
    isWriting = true;
    Futures.attempt(statement)
        .onComplete(
            written -> {
              isWriting = false;
              then.accept(written);
              store();
              work();
            },
            failure -> {
              isWriting = false;
              Futures.logUnlessUnavailable("Cannot store the outcomes of webhooks", failure);
              completeDrained();
            });
  }

  /** Stores that the endpoint wants no more webhooks. */
  private void disable() {
    if (mayMove()) {
      write(
          () -> context.store().disable(name).onComplete(this::moved),
          stored -> {
            isGone = false;
            isDisabled = true;
          });
    }
  }

  /** Makes webhooks dead letters that wait although the endpoint is disabled. */
  private void discard() {
    if (mayMove()) {
      write(
          () -> context.store().discard(name, WebhookStore.MAX_MOVED).onComplete(this::moved),
          count -> {
            if (count < WebhookStore.MAX_MOVED) {
              waiting = 0; // The next renewal counts again.
            }
          });
    }
  }

  private boolean mayMove() {
    return !isWriting && now() - nextMove >= 0;
  }

  /** Lengthens the pause after each failure. */
  private void moved(AsyncResult<?> result) {
    failedMoves = result.succeeded() ? 0 : failedMoves + 1;
    if (failedMoves > 0) {
      nextMove = now() + Retry.delay(failedMoves, MIN_MOVE_PAUSE, MAX_MOVE_PAUSE).toNanos();
    }
  }

  private void expire() {
    if (mayMove()) {
      write(
          () ->
              context
                  .store()
                  .expire(name, context.schedule().period(), List.copyOf(taken))
                  .onComplete(this::moved),
          count -> {
            if (count > 0) {
              log.warn("{} webhooks of endpoint {} became dead letters", count, name);
            }
          });
    }
  }

  /**
   * Starts no more attempts.
   *
   * @return completes when those in progress have ended and their outcomes are stored
   */
  Future<Void> drain() {
    isDraining = true;
    forgetReady();
    Promise<Void> ended = Promise.promise();
    drained.add(ended);
    completeDrained();
    return ended.future();
  }

  private void completeDrained() {
    if (isDraining && inFlight.isEmpty() && delivered.isEmpty() && failed.isEmpty()) {
      drained.forEach(Promise::tryComplete);
    }
  }

  boolean isDraining() {
    return isDraining;
  }

  /** Ends the attempts in progress: another process sends these webhooks again. */
  void close() {
    isClosed = true;
    Collection<WebhookClient.Call> calls = List.copyOf(inFlight.values());
    inFlight.clear();
    calls.forEach(WebhookClient.Call::cancel);
    client.close();
    drained.forEach(Promise::tryComplete);
  }
}
