package dev.paymeter.bus;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  /** Maximum length of a state. */
  static final int MAX_CHARACTERS = 32 << 10;

  /** Time for which instances that have left the cluster are still reported. */
  static final Duration RETENTION = Duration.ofMinutes(15);

  private static final int TOO_LONG = 413;
  private static final int UNAVAILABLE = 503;

  private final String instanceId;
  private final Supplier<List<String>> members;
  private final Clock clock;
  private final Duration timeout;
  private final Map<String, Absence> absences = new HashMap<>();
  private List<String> present = List.of();
  private @Nullable Instant askedAt;
  private Future<List<InstanceState>> latest = Future.succeededFuture(List.of());

  /**
   * The result for one instance.
   *
   * @param state null if it did not respond
   * @param since when it was first found absent; null if it responded
   */
  public record InstanceState(
      String instanceId, @Nullable JsonObject state, @Nullable Absence since) {}

  /**
   * The absence of an instance.
   *
   * @param hasLeft whether it is no member of the cluster any more
   */
  public record Absence(Instant since, boolean hasLeft) {}

  /**
   * @param members returns the ids of all instances that are members, including this one
   */
  public InstanceQuery(String instanceId, Supplier<List<String>> members, Clock clock) {
    this(instanceId, members, clock, TIMEOUT);
  }

  InstanceQuery(String instanceId, Supplier<List<String>> members, Clock clock, Duration timeout) {
    this.instanceId = instanceId;
    this.members = members;
    this.clock = clock;
    this.timeout = timeout;
  }

  /** Registers the consumer that replies with this instance's state. */
  public Future<Void> serve(Vertx vertx, Supplier<Future<JsonObject>> state) {
    return vertx
        .eventBus()
        .consumer(Addresses.INSTANCE_STATE + instanceId, request -> reply(request, state))
        .completion();
  }

  private static void reply(Message<?> request, Supplier<Future<JsonObject>> state) {
    state
        .get()
        .map(JsonObject::encode)
        .onSuccess(
            text -> {
              if (text.length() <= MAX_CHARACTERS) {
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
  public synchronized Future<List<InstanceState>> ask(Vertx vertx) {
    Instant now = clock.instant();
    boolean isRecent = askedAt != null && now.isBefore(askedAt.plus(MIN_INTERVAL));
    if (latest.isComplete() && !isRecent) {
      askedAt = now;
      noteMembers(now);
      latest = askAll(vertx);
    }
    return latest;
  }

  /** Notes which instances have left since the last query. */
  private void noteMembers(Instant now) {
    List<String> before = present;
    present =
        members.get().stream()
            .filter(id -> !id.equals(instanceId))
            .sorted()
            .limit(MAX_INSTANCES)
            .toList();
    before.stream()
        .filter(id -> !present.contains(id))
        .forEach(id -> absences.put(id, new Absence(now, true)));
    absences.values().removeIf(absence -> absence.since().isBefore(now.minus(RETENTION)));
    present.forEach(
        id -> absences.computeIfPresent(id, (same, absence) -> absence.hasLeft() ? null : absence));
  }

  private Future<List<InstanceState>> askAll(Vertx vertx) {
    List<Future<InstanceState>> asked = present.stream().map(id -> ask(vertx, id)).toList();
    return Future.join(asked)
        .transform(
            done -> Future.succeededFuture(withLeft(asked.stream().map(Future::result).toList())));
  }

  private synchronized List<InstanceState> withLeft(List<InstanceState> asked) {
    List<InstanceState> all = new ArrayList<>(asked);
    absences.forEach(
        (id, absence) -> {
          if (absence.hasLeft()) {
            all.add(new InstanceState(id, null, absence));
          }
        });
    all.sort(Comparator.comparing(InstanceState::instanceId));
    return List.copyOf(all);
  }

  private Future<InstanceState> ask(Vertx vertx, String id) {
    DeliveryOptions options = new DeliveryOptions().setSendTimeout(timeout.toMillis());
    return vertx
        .eventBus()
        .<String>request(Addresses.INSTANCE_STATE + id, "", options)
        .map(reply -> new JsonObject(bounded(reply.body())))
        .transform(
            state ->
                Future.succeededFuture(
                    state.succeeded() ? responded(id, state.result()) : absent(id)));
  }

  private static String bounded(String text) {
    if (text.length() > MAX_CHARACTERS) {
      throw new IllegalArgumentException("expected at most " + MAX_CHARACTERS + " characters");
    }
    return text;
  }

  private synchronized InstanceState responded(String id, JsonObject state) {
    absences.remove(id);
    return new InstanceState(id, state, null);
  }

  private synchronized InstanceState absent(String id) {
    Absence absence = absences.computeIfAbsent(id, first -> new Absence(clock.instant(), false));
    return new InstanceState(id, null, absence);
  }
}
