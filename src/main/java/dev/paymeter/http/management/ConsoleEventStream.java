package dev.paymeter.http.management;

import dev.paymeter.http.ApiKeyAuthHandler;
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
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams of the console's data. Each client receives all data first, then the additions, within a
 * second. Used on one event loop.
 */
final class ConsoleEventStream extends ServerSentEvents<ConsoleEventStream.Position> {
  private static final Logger log = LoggerFactory.getLogger(ConsoleEventStream.class);

  private static final int MAX_CLIENTS = 20;
  private static final Duration UPDATE_INTERVAL = Duration.ofSeconds(1);

  private final ConsoleSource consoleSource;

  /** The last point and payment that a client has received. */
  record Position(Instant point, long payment) {
    static final Position START = new Position(Instant.MIN, 0);
  }

  /**
   * @param connections the maximum number of connections of the port, a quarter of which streams
   *     may use: the others remain for scrapes and probes
   */
  ConsoleEventStream(
      Vertx vertx,
      ConsoleSource consoleSource,
      int connections,
      ApiKeyAuthHandler apiKeyAuthHandler) {
    super(vertx, limits(consoleSource, connections), apiKeyAuthHandler::isValid);
    this.consoleSource = consoleSource;
  }

  private static Limits limits(ConsoleSource consoleSource, int connections) {
    int clients = Math.max(1, Math.min(MAX_CLIENTS, connections / 4));
    return new Limits(
        clients,
        Problem.tooManyViewers(clients),
        consoleSource.maxStreamAge(),
        event("again", new JsonObject()));
  }

  /** Responds with events until either side closes the connection. */
  void add(RoutingContext request) {
    open(request, Position.START, event("hello", ConsoleJson.hello(consoleSource)));
  }

  @Override
  protected Future<Duration> sendNew() {
    return Futures.attempt(consoleSource.payments())
        .onComplete(
            payments -> send(consoleSource.points().get(), payments),
            failure -> log.error("Failed to read the payments for the console", failure))
        .transform(done -> Future.succeededFuture(UPDATE_INTERVAL));
  }

  private void send(
      List<DashboardSampler.Point> points, List<RecentPayments.CountedPayment> payments) {
    for (Map.Entry<Position, List<Client<Position>>> group : idle().entrySet()) {
      Position from = group.getKey();
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
      if (!end.equals(from)) {
        JsonObject update = new JsonObject().put("points", newPoints).put("payments", newPayments);
        send(group.getValue(), event("update", update), end);
      }
    }
  }
}
