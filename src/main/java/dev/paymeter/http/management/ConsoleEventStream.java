package dev.paymeter.http.management;

import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.Problem;
import dev.paymeter.http.ServerSentEvents;
import dev.paymeter.metrics.dashboard.DashboardSampler;
import dev.paymeter.metrics.dashboard.RecentPayments;
import dev.paymeter.metrics.dashboard.SampleHistory;
import dev.paymeter.metrics.dashboard.ServiceStatus;
import dev.paymeter.payment.port.Futures;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams of the console's data. Each client receives the latest payments and the status first,
 * then the additions and new samples, within a second; a request of its own returns earlier
 * samples. Used on one event loop.
 */
final class ConsoleEventStream extends ServerSentEvents<ConsoleEventStream.Position> {
  private static final Logger log = LoggerFactory.getLogger(ConsoleEventStream.class);

  private static final int MAX_CLIENTS = 20;
  private static final Duration UPDATE_INTERVAL = Duration.ofSeconds(1);

  private final ConsoleSource consoleSource;
  private final Health health;

  /** The last point, payment and status that a client has received. */
  record Position(Instant point, long payment, Instant status) {}

  /**
   * @param connections the maximum number of connections of the port, a quarter of which streams
   *     may use: the others remain for scrapes and probes
   */
  ConsoleEventStream(
      Vertx vertx,
      ConsoleSource consoleSource,
      Health health,
      int connections,
      ApiKeyAuthHandler apiKeyAuthHandler) {
    super(vertx, limits(consoleSource, connections), apiKeyAuthHandler::isValid);
    this.consoleSource = consoleSource;
    this.health = health;
  }

  private static Limits limits(ConsoleSource consoleSource, int connections) {
    int clients = Math.max(1, Math.min(MAX_CLIENTS, connections / 4));
    return new Limits(
        clients,
        Problem.tooManyViewers(clients),
        consoleSource.maxStreamAge(),
        event("again", new JsonObject()),
        true);
  }

  /** Responds with events until either side closes the connection. */
  void add(RoutingContext request) {
    Futures.attempt(consoleSource.thresholds())
        .onComplete(thresholds -> open(request, thresholds), request::fail);
  }

  private void open(RoutingContext request, Map<String, BigDecimal> thresholds) {
    List<DashboardSampler.Point> points = points();
    Instant last = points.isEmpty() ? Instant.MIN : points.get(points.size() - 1).at();
    open(
        request,
        new Position(last, 0, Instant.MIN),
        event("hello", ConsoleJson.hello(consoleSource.instanceId(), thresholds)));
  }

  private List<DashboardSampler.Point> points() {
    return consoleSource.points().apply(SampleHistory.Range.MINUTES_15);
  }

  @Override
  protected Future<Duration> sendNew() {
    return Futures.attempt(consoleSource.payments())
        .onComplete(
            payments -> send(points(), payments),
            failure -> log.error("Failed to read the payments for the console", failure))
        .transform(done -> Future.succeededFuture(UPDATE_INTERVAL));
  }

  private void send(
      List<DashboardSampler.Point> points, List<RecentPayments.CountedPayment> payments) {
    ServiceStatus status = consoleSource.status().get();
    for (Map.Entry<Position, List<Client<Position>>> group : idle().entrySet()) {
      Position from = group.getKey();
      Position end = from;
      JsonArray newPoints = new JsonArray();
      for (DashboardSampler.Point point : points) {
        if (point.at().isAfter(from.point())) {
          newPoints.add(ConsoleJson.write(point));
          end = new Position(point.at(), end.payment(), end.status());
        }
      }
      JsonArray newPayments = new JsonArray();
      for (RecentPayments.CountedPayment payment : payments) {
        if (payment.number() > from.payment()) {
          newPayments.add(ConsoleJson.write(payment));
          end = new Position(end.point(), payment.number(), end.status());
        }
      }
      JsonObject update = new JsonObject().put("points", newPoints).put("payments", newPayments);
      if (status != null && !status.at().equals(from.status())) {
        update.put("status", ConsoleJson.write(status, health.state(), consoleSource));
        end = new Position(end.point(), end.payment(), status.at());
      }
      if (!end.equals(from)) {
        send(group.getValue(), event("update", update), end);
      }
    }
  }
}
