package dev.paymeter.web;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.ChangesReply;
import dev.paymeter.bus.EventJson;
import dev.paymeter.bus.ReadChanges;
import dev.paymeter.payments.Change;
import dev.paymeter.payments.RequestRefusedException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those who are told of payments' changes now: server-sent events (WHATWG HTML, section 9.2), read
 * from the ledger, so that whoever comes back with the id of the last one has missed nothing. Used
 * on one event loop.
 *
 * <p>Listeners that are at the same place share one reading; who is behind, or reads slowly, has
 * places of its own. What waits for the network is one reading for each. After {@link #LONGEST}
 * whoever listens is asked to come again, which loses nothing: with a key that is still right, and
 * to an instance that has room.
 */
final class EventStreams {
  private static final Logger log = LoggerFactory.getLogger(EventStreams.class);

  /** How many may listen at once, on one event loop. */
  static final int LIMIT = 100;

  static final Duration LONGEST = Duration.ofMinutes(10);

  /** So late an event is at most when little is going on. */
  private static final long BETWEEN_LOOKS_MILLIS = 100;

  private static final long BREATH_MILLIS = 10;

  /** Well below what proxies, and we ourselves, take for a connection that is dead. */
  private static final long BETWEEN_HEARTBEATS_MILLIS = 10_000;

  /** Some hundred kilobytes of text. */
  static final int MOST_AT_ONCE = 200;

  private final Vertx vertx;
  private final Set<Listener> listeners = new LinkedHashSet<>();
  private @Nullable Long heartbeats;
  private boolean looking;

  /** One who listens, and the place up to which it was told. */
  private static final class Listener {
    private final HttpServerResponse response;
    private Change.Position told;
    private boolean busy;

    Listener(HttpServerResponse response, Change.Position told) {
      this.response = response;
      this.told = told;
    }

    void send(String text) {
      busy = true;
      response.write(text).onComplete(done -> busy = false);
    }
  }

  EventStreams(Vertx vertx) {
    this.vertx = vertx;
  }

  /**
   * Answers with events until one of both hangs up.
   *
   * @param after the place of the last one that is known there; null for what is new only
   */
  void add(RoutingContext request, Change.@Nullable Position after) {
    if (after != null) {
      open(request, after);
      return;
    }
    read(null)
        .onComplete(
            now -> open(request, now.end()), failure -> ApiVerticle.refuse(request, failure));
  }

  private void open(RoutingContext request, Change.Position after) {
    HttpServerResponse response = request.response();
    if (response.closed()) {
      return;
    }
    if (listeners.size() >= LIMIT) { // Others may have come while we asked where to begin.
      Problem.tooManyListeners(LIMIT).answer(request);
      return;
    }
    Listener listener = new Listener(response, after);
    long release = vertx.setTimer(LONGEST.toMillis(), due -> release(listener));
    response
        .setChunked(true)
        .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .closeHandler(gone -> forget(listener, release))
        .exceptionHandler(broken -> forget(listener, release));
    // The id at once: who is cut off before the first event comes back to this place, too.
    listener.send("retry: 1000\nid: " + EventJson.id(after) + "\n\n");
    listeners.add(listener);
    if (heartbeats == null) {
      heartbeats = vertx.setPeriodic(BETWEEN_HEARTBEATS_MILLIS, due -> heartbeat());
    }
    look();
  }

  /** Its timer must not keep it. */
  private void forget(Listener listener, long release) {
    vertx.cancelTimer(release);
    listeners.remove(listener);
  }

  private void release(Listener listener) {
    if (listeners.remove(listener)) {
      listener.response.end();
    }
  }

  /** Hangs up. */
  void close() {
    if (heartbeats != null) {
      vertx.cancelTimer(heartbeats);
    }
    listeners.forEach(listener -> listener.response.end());
    listeners.clear();
  }

  private void heartbeat() {
    idle().forEach(listener -> listener.send(":\n\n"));
  }

  private List<Listener> idle() {
    return listeners.stream().filter(listener -> !listener.busy).toList();
  }

  /** One at a time: the next begins when this one is done and somebody still listens. */
  private void look() {
    if (looking || listeners.isEmpty()) {
      return;
    }
    looking = true;
    Map<Change.Position, List<Listener>> places =
        idle().stream().collect(Collectors.groupingBy(listener -> listener.told));
    // One after the other, with a breath after each: however many catch up, payments keep nearly
    // all connections to the ledger, and most of this event loop.
    Future<Boolean> more = Future.succeededFuture(false);
    for (Map.Entry<Change.Position, List<Listener>> place : places.entrySet()) {
      more =
          more.compose(
              before ->
                  tell(place.getKey(), place.getValue())
                      .otherwise(false)
                      .compose(here -> vertx.timer(BREATH_MILLIS).map(before || here)));
    }
    more.onSuccess(
        isMoreThere ->
            vertx.setTimer(
                isMoreThere ? 1 : BETWEEN_LOOKS_MILLIS,
                due -> {
                  looking = false;
                  look();
                }));
  }

  /**
   * @return whether there is more than was read
   */
  private Future<Boolean> tell(Change.Position after, List<Listener> those) {
    return read(after)
        .map(
            found -> {
              if (!found.changes().isEmpty()) {
                String text =
                    found.changes().stream().map(EventStreams::event).collect(Collectors.joining());
                those.stream()
                    .filter(listeners::contains) // Others were released meanwhile.
                    .forEach(
                        listener -> {
                          listener.told = found.end();
                          listener.send(text);
                        });
              }
              return found.changes().size() == MOST_AT_ONCE;
            })
        .onFailure(
            failure -> {
              if (!(failure instanceof RequestRefusedException)) {
                log.error("Cannot read payments' changes", failure);
              }
            });
  }

  private Future<ChangesReply.Listed> read(Change.@Nullable Position after) {
    return vertx
        .eventBus()
        .<ChangesReply>request(
            Addresses.CHANGES,
            new ReadChanges(after, MOST_AT_ONCE),
            new DeliveryOptions().setLocalOnly(true))
        .map(Message::body)
        .compose(ChangesReply::asFuture);
  }

  /** JSON has no line breaks of its own, which would end the data. */
  private static String event(Change change) {
    return "id: "
        + EventJson.id(change.position())
        + "\nevent: "
        + EventJson.type(change)
        + "\ndata: "
        + EventJson.write(change).encode()
        + "\n\n";
  }
}
