package dev.paymeter.bus;

import dev.paymeter.payment.Labeled;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Query for the states of all instances of the cluster, which each of them answers. It asks only
 * when it is called, at most once in {@link #MIN_INTERVAL}, a limited number of instances, each for
 * a limited time and number of characters. Thread-safe.
 */
public final class InstanceQuery {
  private static final Logger log = LoggerFactory.getLogger(InstanceQuery.class);

  /** Maximum number of other instances; further ones are not asked. */
  static final int MAX_INSTANCES = 32;

  static final Duration TIMEOUT = Duration.ofSeconds(2);
  static final Duration MIN_INTERVAL = Duration.ofSeconds(2);

  /** Time for which instances that have left the cluster are still reported. */
  static final Duration RETENTION = Duration.ofMinutes(15);

  private static final int TOO_LONG = 413;
  private static final int UNAVAILABLE = 503;

  private final String instanceId;
  private final Supplier<List<String>> members;
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final Duration timeout;

  /** Members without a state. */
  private final Map<String, Absence> silent = new HashMap<>();

  /** Instances that are no members any more. */
  private final Map<String, Absence> left = new HashMap<>();

  private List<String> present = List.of();
  private long nextNanos;
  private Future<List<Result>> latest = Future.succeededFuture(List.of());

  /** The reason why there is no state of an instance. */
  public enum Reason implements Labeled {
    /** It did not reply in time, or could not read its state. */
    NO_RESPONSE,
    /**
     * It serves no state, or one of another form: it is starting, shutting down or of another
     * version.
     */
    NO_STATE,
    /** It is no member of the cluster any more. */
    LEFT
  }

  /**
   * The result for one instance.
   *
   * @param state null if there is none
   * @param absence null if there is a state
   */
  public record Result(
      String instanceId, @Nullable InstanceState state, @Nullable Absence absence) {}

  /**
   * The absence of an instance.
   *
   * @param since when it was first found absent, which is when a page asked
   * @param reason that was found last
   */
  public record Absence(Instant since, Reason reason) {}

  /**
   * @param members returns the ids of all instances that are members, including this one
   */
  public InstanceQuery(
      String instanceId, Supplier<List<String>> members, Clock clock, LongSupplier nanoTime) {
    this(instanceId, members, clock, nanoTime, TIMEOUT);
  }

  InstanceQuery(
      String instanceId,
      Supplier<List<String>> members,
      Clock clock,
      LongSupplier nanoTime,
      Duration timeout) {
    this.instanceId = instanceId;
    this.members = members;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.timeout = timeout;
    this.nextNanos = nanoTime.getAsLong();
  }

  /** Registers the consumer that replies with this instance's state. */
  public Future<Void> serve(Vertx vertx, Supplier<Future<InstanceState>> state) {
    return vertx
        .eventBus()
        .consumer(Addresses.INSTANCE_STATE + instanceId, request -> reply(request, state))
        .completion();
  }

  private static void reply(Message<?> request, Supplier<Future<InstanceState>> state) {
    state
        .get()
        .map(read -> read.toJson().encode())
        .onSuccess(
            text -> {
              if (text.length() <= InstanceState.MAX_CHARACTERS) {
                request.reply(text);
              } else {
                log.error("The state of this instance has {} characters", text.length());
                request.fail(TOO_LONG, "too long");
              }
            })
        .onFailure(failure -> request.fail(UNAVAILABLE, "unavailable"));
  }

  /**
   * Returns the states of the other instances, in the order of their ids. Never fails. While a
   * query is in progress, and shortly after it, returns its result.
   */
  public synchronized Future<List<Result>> ask(Vertx vertx) {
    long nanos = nanoTime.getAsLong();
    if (latest.isComplete() && nanos - nextNanos >= 0) {
      nextNanos = nanos + MIN_INTERVAL.toNanos();
      noteMembers(clock.instant());
      latest = askAll(vertx);
    }
    return latest;
  }

  /** Notes which instances have left since the last query. */
  private void noteMembers(Instant now) {
    List<String> all = members.get();
    present.stream()
        .filter(id -> !all.contains(id))
        .forEach(id -> left.put(id, new Absence(now, Reason.LEFT)));
    left.values().removeIf(absence -> absence.since().isBefore(now.minus(RETENTION)));
    all.forEach(left::remove);
    present =
        all.stream().filter(id -> !id.equals(instanceId)).sorted().limit(MAX_INSTANCES).toList();
    silent.keySet().retainAll(present);
  }

  private Future<List<Result>> askAll(Vertx vertx) {
    List<Future<Result>> asked = present.stream().map(id -> ask(vertx, id)).toList();
    return Future.join(asked)
        .transform(
            done -> Future.succeededFuture(withLeft(asked.stream().map(Future::result).toList())));
  }

  private synchronized List<Result> withLeft(List<Result> asked) {
    List<Result> all = new ArrayList<>(asked);
    left.forEach((id, absence) -> all.add(new Result(id, null, absence)));
    all.sort(Comparator.comparing(Result::instanceId));
    return List.copyOf(all);
  }

  private Future<Result> ask(Vertx vertx, String id) {
    DeliveryOptions options = new DeliveryOptions().setSendTimeout(timeout.toMillis());
    return vertx
        .eventBus()
        .<String>request(Addresses.INSTANCE_STATE + id, "", options)
        .map(reply -> InstanceState.parse(reply.body()))
        .transform(
            state ->
                Future.succeededFuture(
                    state.succeeded()
                        ? responded(id, state.result())
                        : absent(id, reason(state.cause()))));
  }

  /** Returns the reason of a failure; those that are not of the bus are of the reply's form. */
  private static Reason reason(Throwable failure) {
    return failure instanceof ReplyException reply
            && reply.failureType() != ReplyFailure.NO_HANDLERS
        ? Reason.NO_RESPONSE
        : Reason.NO_STATE;
  }

  private synchronized Result responded(String id, InstanceState state) {
    silent.remove(id);
    return new Result(id, state, null);
  }

  private synchronized Result absent(String id, Reason reason) {
    Absence absence =
        silent.merge(
            id,
            new Absence(clock.instant(), reason),
            (first, now) -> new Absence(first.since(), reason));
    return new Result(id, null, absence);
  }
}
