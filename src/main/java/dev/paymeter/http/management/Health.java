package dev.paymeter.http.management;

import dev.paymeter.payment.Labeled;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Liveness, start-up and readiness of the service, in the format of MicroProfile Health. Safe from
 * any thread.
 */
public final class Health {
  private static final Logger log = LoggerFactory.getLogger(Health.class);
  private static final long CHECK_TIMEOUT_MILLIS = 1000;

  /** The phase of the process. Each is followed by later ones only. */
  enum Phase implements Labeled {
    STARTING,
    SERVING,
    DRAINING,
    /** Another process has taken over the identity; this one ends. Final. */
    SUPERSEDED,
    /** The ledger lacks what was counted; the process starts again. Final. */
    LEDGER_WENT_BACK;

    private boolean canPrecede(Phase next) {
      return compareTo(next) < 0 && this != SUPERSEDED;
    }
  }

  /** The phase, and its beginning. */
  record State(Phase phase, Instant since) {}

  private final AtomicBoolean isLedgerReachable = new AtomicBoolean(true);
  private volatile State state = new State(Phase.STARTING, Instant.now());
  private volatile Supplier<Future<Void>> ledger =
      () -> Future.failedFuture("the ledger is not connected yet");

  /**
   * Result of the checks.
   *
   * @param up whether all checks are up
   */
  record Report(boolean up, JsonObject json) {
    static Report of(Map<String, Boolean> checks) {
      JsonArray json = new JsonArray();
      checks.forEach(
          (name, up) -> json.add(new JsonObject().put("name", name).put("status", status(up))));
      boolean up = !checks.containsValue(false);
      return new Report(up, new JsonObject().put("status", status(up)).put("checks", json));
    }

    private static String status(boolean up) {
      return up ? "UP" : "DOWN";
    }
  }

  /**
   * Marks the end of the start-up, unless the process is ending already. From now on, {@code
   * ledger} decides about readiness.
   */
  public void markServing(Supplier<Future<Void>> ledger) {
    this.ledger = ledger;
    enter(Phase.SERVING);
  }

  /** Marks the beginning of the shutdown: the service is no longer ready. */
  public void markDraining() {
    enter(Phase.DRAINING);
  }

  /** Marks the end of the process after another one has taken over its identity. */
  public void markSuperseded() {
    enter(Phase.SUPERSEDED);
  }

  /** Marks the end of the process after its ledger went back. */
  public void markLedgerWentBack() {
    enter(Phase.LEDGER_WENT_BACK);
  }

  private synchronized void enter(Phase next) {
    if (state.phase().canPrecede(next)) {
      state = new State(next, Instant.now());
    }
  }

  State state() {
    return state;
  }

  private boolean isStarting() {
    return state().phase() == Phase.STARTING;
  }

  private boolean isEnding() {
    return state().phase().compareTo(Phase.DRAINING) >= 0;
  }

  /** Returns a report without checks: the response itself shows that the service is alive. */
  Report live() {
    return Report.of(Map.of());
  }

  Report started() {
    return Report.of(Map.of("started", !isStarting()));
  }

  Future<Report> ready() {
    Map<String, Boolean> checks = new LinkedHashMap<>();
    checks.put("started", !isStarting());
    checks.put("accepting", !isEnding());
    return ledger
        .get()
        .timeout(CHECK_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
        .transform(
            result -> {
              logChange(result.succeeded(), result.cause());
              checks.put("ledger", result.succeeded());
              return Future.succeededFuture(Report.of(checks));
            });
  }

  /** Logs once why the instance is not ready, and when it is ready again. */
  private void logChange(boolean reachable, @Nullable Throwable cause) {
    if (state().phase() == Phase.SERVING && isLedgerReachable.getAndSet(reachable) != reachable) {
      if (reachable) {
        log.info("The ledger is available again");
      } else {
        log.warn("Not ready, the ledger is unavailable: {}", String.valueOf(cause));
      }
    }
  }
}
