package dev.paymeter.http.management;

import dev.paymeter.http.Problem;
import dev.paymeter.http.ServerSentEvents;
import dev.paymeter.metrics.dashboard.DashboardSampler;
import dev.paymeter.metrics.dashboard.RecentPayments;
import dev.paymeter.payment.port.Futures;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams of the console's data. Each client receives all data first, then the additions, within a
 * second. Used on one event loop.
 */
final class ConsoleEventStream {
  private static final Logger log = LoggerFactory.getLogger(ConsoleEventStream.class);

  /** The maximum number of clients. */
  static final int MAX_CLIENTS = 20;

  private static final Duration UPDATE_INTERVAL = Duration.ofSeconds(1);

  private final ConsoleSource consoleSource;
  private final ServerSentEvents<Position> clients;

  /** The last point and payment that a client has received. */
  private record Position(Instant point, long payment) {
    static final Position START = new Position(Instant.MIN, 0);
  }

  /** An event, and the position of a client that has received it. */
  private record Update(String event, Position end) {}

  ConsoleEventStream(Vertx vertx, ConsoleSource consoleSource) {
    this.consoleSource = consoleSource;
    this.clients =
        new ServerSentEvents<>(
            vertx,
            new ServerSentEvents.Limits(
                MAX_CLIENTS,
                Problem.tooManyViewers(MAX_CLIENTS),
                consoleSource.maxStreamAge(),
                ServerSentEvents.event("again", new JsonObject())),
            this::update);
  }

  /** Responds with events until either side closes the connection. */
  void add(RoutingContext request) {
    clients.open(
        request, Position.START, ServerSentEvents.event("hello", ConsoleJson.hello(consoleSource)));
  }

  /** Ends all streams. */
  void close() {
    clients.close();
  }

  private Future<Duration> update() {
    return Futures.attempt(consoleSource.payments())
        .onComplete(
            payments -> send(consoleSource.points().get(), payments),
            failure -> log.error("Failed to read the payments for the console", failure))
        .transform(done -> Future.succeededFuture(UPDATE_INTERVAL));
  }

  private void send(
      List<DashboardSampler.Point> points, List<RecentPayments.CountedPayment> payments) {
    Map<Position, Update> updates = new HashMap<>();
    for (ServerSentEvents.Client<Position> client : clients.idle()) {
      Update update =
          updates.computeIfAbsent(client.position(), from -> since(from, points, payments));
      if (!update.end().equals(client.position())) {
        clients.send(client, update.event(), update.end());
      }
    }
  }

  private static Update since(
      Position from,
      List<DashboardSampler.Point> points,
      List<RecentPayments.CountedPayment> payments) {
    Position end = from;
    JsonArray newPoints = new JsonArray();
    for (DashboardSampler.Point point : points) {
      if (point.at().isAfter(from.point())) {
        newPoints.add(ConsoleJson.write(point));
        end = new Position(point.at(), end.payment());
      }
    }
    JsonArray newPayments = new JsonArray();
    for (RecentPayments.CountedPayment payment : payments) {
      if (payment.number() > from.payment()) {
        newPayments.add(ConsoleJson.write(payment));
        end = new Position(end.point(), payment.number());
      }
    }
    return new Update(
        ServerSentEvents.event(
            "update", new JsonObject().put("points", newPoints).put("payments", newPayments)),
        end);
  }
}
