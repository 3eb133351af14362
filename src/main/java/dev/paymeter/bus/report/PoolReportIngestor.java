package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.bus.Addresses;
import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.RequestRefusedException.Fault;
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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes what others report of their connections to databases. The instance that was told last shows
 * it, and tells the others, so that no two show the same pool. Safe from any thread.
 */
public final class PoolReportIngestor {
  /** A database and a pool of it, with a slash between them. */
  public static final Pattern POOL =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}/[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");
  private static final String NAME_WANTED = "1 to 64 letters, digits, dots, hyphens, underscores";
  private static final Set<String> FIELDS =
      Set.of("kind", "publisher", "database", "pool", "active", "max");
  private static final int MOST_CONNECTIONS = 1_000_000;

  /** How far instances' clocks may be apart: a turn further ahead would silence all others. */
  static final Duration MOST_AHEAD = Duration.ofMinutes(1);

  private final Vertx vertx;
  private final ReportMetrics counts;
  private final List<String> pools;
  private final Clock clock;
  private final String self = UUID.randomUUID().toString();

  /** By pool, the last that is known of. */
  private final Map<String, Turn> turns = new ConcurrentHashMap<>();

  /**
   * When an instance was told: in milliseconds since 1970, or one more than the last turn that it
   * knows of where that is later (Lamport's clock). Of two that are told at once, both know the
   * same one as the later, and an instance that was restarted goes on where it was.
   */
  private record Turn(long number, String by) {
    Turn later(Turn other) {
      return Comparator.comparingLong(Turn::number).thenComparing(Turn::by).compare(this, other) < 0
          ? other
          : this;
    }
  }

  /**
   * @param pools as {@link #POOL}: whatever else is reported is refused
   */
  public PoolReportIngestor(Vertx vertx, ReportMetrics counts, List<String> pools, Clock clock) {
    this.vertx = vertx;
    this.counts = counts;
    this.pools = List.copyOf(pools);
    this.clock = clock;
  }

  /** Hears of what other instances show from now on. */
  public Future<Void> listen() {
    return vertx
        .eventBus()
        .<JsonObject>consumer(Addresses.CONNECTIONS, message -> hear(message.body()))
        .completion();
  }

  void hear(JsonObject told) {
    if (told.getValue("pool") instanceof String pool
        && told.getValue("turn") instanceof Number turn
        && told.getValue("by") instanceof String by
        && pools.contains(pool)
        && turn.longValue() <= clock.millis() + MOST_AHEAD.toMillis()
        && isLater(pool, new Turn(turn.longValue(), by))) {
      int slash = pool.indexOf('/');
      counts.connectionsElsewhere(pool.substring(0, slash), pool.substring(slash + 1));
    }
  }

  /** Whether another's turn comes after all that is known of; then it is known, too. */
  private boolean isLater(String pool, Turn turn) {
    return !turn.by().equals(self) && turns.merge(pool, turn, Turn::later).equals(turn);
  }

  /**
   * Takes one.
   *
   * @throws RequestRefusedException naming every fault
   */
  Future<JsonObject> take(JsonObject json) {
    PoolReport reading = read(json);
    if (!counts.connections(reading)) {
      throw unknown(reading);
    }
    tellOthers(reading.database() + '/' + reading.pool());
    return Future.succeededFuture(new JsonObject().put("outcome", "accepted"));
  }

  private void tellOthers(String pool) {
    Turn turn = turns.compute(pool, (key, last) -> new Turn(next(last), self));
    vertx
        .eventBus()
        .publish(
            Addresses.CONNECTIONS,
            new JsonObject().put("pool", pool).put("turn", turn.number()).put("by", self));
  }

  private long next(@Nullable Turn last) {
    long now = clock.millis();
    return last == null ? now : Math.max(now, last.number() + 1);
  }

  PoolReport read(JsonObject json) {
    JsonFieldReader jsonFieldReader = new JsonFieldReader(json);
    ReportReader.publisher(jsonFieldReader);
    String database = jsonFieldReader.matching("database", NAME, NAME_WANTED);
    String pool = jsonFieldReader.matching("pool", NAME, NAME_WANTED);
    Long max = jsonFieldReader.whole("max", 1, MOST_CONNECTIONS);
    Long active = jsonFieldReader.whole("active", 0, max == null ? MOST_CONNECTIONS : max);
    jsonFieldReader.check(FIELDS);
    PoolReport reading =
        new PoolReport(
            requireNonNull(database),
            requireNonNull(pool),
            requireNonNull(active).intValue(),
            requireNonNull(max).intValue());
    if (!pools.contains(reading.database() + '/' + reading.pool())) {
      throw unknown(reading);
    }
    return reading;
  }

  private RequestRefusedException unknown(PoolReport reading) {
    String wanted =
        pools.isEmpty()
            ? "none: metrics.connections names none"
            : "one of metrics.connections, and none of ours: " + String.join(", ", pools);
    return RequestRefusedException.invalid(
        List.of(new Fault("pool", wanted, reading.database() + '/' + reading.pool())));
  }
}
