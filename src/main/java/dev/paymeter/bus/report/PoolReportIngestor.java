package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.bus.Addresses;
import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.report.PoolReport;
import dev.paymeter.report.ReportMetrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BinaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Handles reports of other services' connection pools. The instance that received the last report
 * of a pool exposes it and announces that to the others, which then stop exposing it. Safe from any
 * thread.
 */
public final class PoolReportIngestor {
  /** A database and a pool, separated by a slash. */
  public static final Pattern POOL =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}/[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");
  private static final String NAME_EXPECTED = "1 to 64 letters, digits, dots, hyphens, underscores";
  private static final Set<String> FIELDS =
      Set.of("kind", "publisher", "database", "pool", "active", "max");
  private static final int MAX_CONNECTIONS = 1_000_000;

  /** Maximum difference of clocks: a turn further ahead would suppress all others. */
  static final Duration MAX_CLOCK_SKEW = Duration.ofMinutes(1);

  private final Vertx vertx;
  private final ReportMetrics metrics;
  private final List<String> pools;
  private final Clock clock;
  private final String instanceId = UUID.randomUUID().toString();

  /** The last known turn of each pool. */
  private final Map<String, Turn> turns = new ConcurrentHashMap<>();

  /**
   * Logical time of a report (Lamport clock): milliseconds since 1970, or one more than the last
   * known turn if that is later. All instances order two simultaneous reports in the same way, and
   * turns keep increasing after a restart.
   */
  private record Turn(long number, String by) {
    static final Comparator<Turn> ORDER =
        Comparator.comparingLong(Turn::number).thenComparing(Turn::by);
  }

  /**
   * @param pools accepted pools, in the format {@link #POOL}
   */
  public PoolReportIngestor(Vertx vertx, ReportMetrics metrics, List<String> pools, Clock clock) {
    this.vertx = vertx;
    this.metrics = metrics;
    this.pools = List.copyOf(pools);
    this.clock = clock;
  }

  /** Subscribes to announcements of other instances. */
  public Future<Void> subscribe() {
    return vertx
        .eventBus()
        .<JsonObject>consumer(Addresses.CONNECTIONS, message -> receive(message.body()))
        .completion();
  }

  void receive(JsonObject announcement) {
    if (announcement.getValue("pool") instanceof String pool
        && announcement.getValue("turn") instanceof Number turn
        && announcement.getValue("by") instanceof String by
        && pools.contains(pool)
        && turn.longValue() <= clock.millis() + MAX_CLOCK_SKEW.toMillis()
        && recordIfLater(pool, new Turn(turn.longValue(), by))) {
      int slash = pool.indexOf('/');
      metrics.connectionsMoved(pool.substring(0, slash), pool.substring(slash + 1));
    }
  }

  /** Records a turn of another instance. Returns whether it is later than all known turns. */
  private boolean recordIfLater(String pool, Turn turn) {
    return !turn.by().equals(instanceId)
        && turns.merge(pool, turn, BinaryOperator.maxBy(Turn.ORDER)).equals(turn);
  }

  /**
   * Applies a report.
   *
   * @throws RequestRejectedException with all field errors
   */
  Future<JsonObject> ingest(JsonObject json) {
    PoolReport report = read(json);
    if (!metrics.connections(report)) {
      throw unknown(report);
    }
    String pool = report.database() + '/' + report.pool();
    Turn turn = turns.compute(pool, (key, last) -> new Turn(next(last), instanceId));
    vertx
        .eventBus()
        .publish(
            Addresses.CONNECTIONS,
            new JsonObject().put("pool", pool).put("turn", turn.number()).put("by", instanceId));
    return Future.succeededFuture(new JsonObject().put("outcome", "accepted"));
  }

  private long next(@Nullable Turn last) {
    long now = clock.millis();
    return last == null ? now : Math.max(now, last.number() + 1);
  }

  PoolReport read(JsonObject json) {
    JsonFieldReader fields = new JsonFieldReader(json);
    ReportReader.publisher(fields);
    String database = fields.matching("database", NAME, NAME_EXPECTED);
    String pool = fields.matching("pool", NAME, NAME_EXPECTED);
    Long max = fields.whole("max", 1, MAX_CONNECTIONS);
    Long active = fields.whole("active", 0, max == null ? MAX_CONNECTIONS : max);
    fields.check(FIELDS);
    PoolReport report =
        new PoolReport(
            requireNonNull(database),
            requireNonNull(pool),
            requireNonNull(active).intValue(),
            requireNonNull(max).intValue());
    if (!pools.contains(report.database() + '/' + report.pool())) {
      throw unknown(report);
    }
    return report;
  }

  private RequestRejectedException unknown(PoolReport report) {
    String expected =
        pools.isEmpty()
            ? "none, because metrics.connections is empty"
            : "a pool of metrics.connections that is not Paymeter's own: "
                + String.join(", ", pools);
    return RequestRejectedException.invalid(
        List.of(new FieldError("pool", expected, report.database() + '/' + report.pool())));
  }
}
