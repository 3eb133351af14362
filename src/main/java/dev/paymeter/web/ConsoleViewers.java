package dev.paymeter.web;

import dev.paymeter.metrics.RecentPayments;
import dev.paymeter.metrics.Trend;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those who look at the console now: server-sent events (WHATWG HTML, section 9.2). Each is told,
 * within a second, what is new to it: at first everything, then what came since. While nobody
 * looks, nothing is done. Used on one event loop.
 *
 * <p>What waits for the network is bounded: one update for each viewer. Whoever is still busy
 * reading the last one is told more when it is done, all at once; whoever is silently gone loses
 * its place after {@link Console#longestView}, when every viewer is asked to come again. (Vert.x 5
 * does not tell that a queue is full before it has dozens of messages, however long they are.)
 */
final class ConsoleViewers {
  private static final Logger log = LoggerFactory.getLogger(ConsoleViewers.class);

  /** How many may look at once. */
  static final int LIMIT = 20;

  static final String CONTENT_TYPE = "text/event-stream";

  private static final long BETWEEN_UPDATES_MILLIS = 1000;

  /** Well below what proxies, and we ourselves, take for a connection that is dead. */
  private static final long BETWEEN_HEARTBEATS_MILLIS = 10_000;

  private final Vertx vertx;
  private final Console console;
  private final Set<Viewer> viewers = new LinkedHashSet<>();
  private final long heartbeats;
  private boolean updating;

  private static final class Viewer {
    private final HttpServerResponse response;
    private Position told = Position.START;
    private boolean busy;

    Viewer(HttpServerResponse response) {
      this.response = response;
    }

    void send(String text) {
      busy = true;
      response.write(text).onComplete(done -> busy = false);
    }
  }

  /** Up to where a viewer has been told. */
  private record Position(Instant point, long payment) {
    static final Position START = new Position(Instant.MIN, 0);
  }

  /** What is sent, and where its reader is then. */
  private record Update(String event, Position then) {}

  ConsoleViewers(Vertx vertx, Console console) {
    this.vertx = vertx;
    this.console = console;
    this.heartbeats = vertx.setPeriodic(BETWEEN_HEARTBEATS_MILLIS, due -> heartbeat());
  }

  /** Answers with events until one of both hangs up. */
  void add(RoutingContext request) {
    if (viewers.size() >= LIMIT) {
      Problem.tooManyViewers(LIMIT).answer(request);
      return;
    }
    Viewer viewer = new Viewer(request.response());
    long release = vertx.setTimer(console.longestView().toMillis(), due -> release(viewer));
    viewer
        .response
        .setChunked(true)
        .putHeader(HttpHeaders.CONTENT_TYPE, CONTENT_TYPE)
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .closeHandler(gone -> forget(viewer, release))
        .exceptionHandler(broken -> forget(viewer, release))
        .write(event("hello", ConsoleJson.hello(console)));
    viewers.add(viewer);
    update();
  }

  /** Its timer must not keep it. */
  private void forget(Viewer viewer, long release) {
    vertx.cancelTimer(release);
    viewers.remove(viewer);
  }

  /** Whatever the network has swallowed unread: the place is free again. */
  private void release(Viewer viewer) {
    if (viewers.remove(viewer)) {
      viewer.response.end(event("again", new JsonObject()));
    }
  }

  /** Hangs up. */
  void close() {
    vertx.cancelTimer(heartbeats);
    viewers.forEach(viewer -> viewer.response.end());
    viewers.clear();
  }

  private void heartbeat() {
    idle().forEach(viewer -> viewer.send(":\n\n"));
  }

  private List<Viewer> idle() {
    return viewers.stream().filter(viewer -> !viewer.busy).toList();
  }

  /** One at a time: the next begins when this one is done and somebody still looks. */
  private void update() {
    if (updating || viewers.isEmpty()) {
      return;
    }
    updating = true;
    Future.succeededFuture()
        .compose(now -> console.payments().get())
        .onComplete(
            payments -> tell(console.points().get(), payments),
            failure -> log.error("Cannot read the payments for the console", failure))
        .onComplete(
            done ->
                vertx.setTimer(
                    BETWEEN_UPDATES_MILLIS,
                    due -> {
                      updating = false;
                      update();
                    }));
  }

  private void tell(List<Trend.Point> points, List<RecentPayments.Counted> payments) {
    Map<Position, Update> updates = new HashMap<>();
    for (Viewer viewer : idle()) {
      Update update = updates.computeIfAbsent(viewer.told, from -> since(from, points, payments));
      if (!update.then().equals(viewer.told)) {
        viewer.send(update.event());
        viewer.told = update.then();
      }
    }
  }

  private static Update since(
      Position from, List<Trend.Point> points, List<RecentPayments.Counted> payments) {
    Position then = from;
    JsonArray newPoints = new JsonArray();
    for (Trend.Point point : points) {
      if (point.at().isAfter(from.point())) {
        newPoints.add(ConsoleJson.write(point));
        then = new Position(point.at(), then.payment());
      }
    }
    JsonArray newPayments = new JsonArray();
    for (RecentPayments.Counted payment : payments) {
      if (payment.number() > from.payment()) {
        newPayments.add(ConsoleJson.write(payment));
        then = new Position(then.point(), payment.number());
      }
    }
    return new Update(
        event("update", new JsonObject().put("points", newPoints).put("payments", newPayments)),
        then);
  }

  /** JSON has no line breaks of its own, which would end the data. */
  private static String event(String name, JsonObject data) {
    return "event: " + name + "\ndata: " + data.encode() + "\n\n";
  }
}
