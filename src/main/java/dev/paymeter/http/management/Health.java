package dev.paymeter.http.management;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the service lives, has started, and is ready, in the form of MicroProfile Health. Safe
 * from any thread.
 */
public final class Health {
  private static final Logger log = LoggerFactory.getLogger(Health.class);
  private static final long LONGEST_CHECK_MILLIS = 1000;

  private enum Phase {
    STARTING,
    SERVING,
    DRAINING
  }

  private final AtomicBoolean ledgerReached = new AtomicBoolean(true);
  private volatile Phase phase = Phase.STARTING;
  private volatile Supplier<Future<Void>> ledger =
      () -> Future.failedFuture("the ledger is not connected yet");

  /**
   * One answer.
   *
   * @param up whether all is well
   * @param json what to tell
   */
  record Report(boolean up, JsonObject json) {
    static Report of(JsonArray checks) {
      boolean up =
          checks.stream().allMatch(check -> ((JsonObject) check).getString("status").equals("UP"));
      return new Report(up, new JsonObject().put("status", word(up)).put("checks", checks));
    }

    static JsonObject check(String name, boolean up) {
      return new JsonObject().put("name", name).put("status", word(up));
    }

    private static String word(boolean up) {
      return up ? "UP" : "DOWN";
    }
  }

  /** All verticles are deployed: from now on {@code ledger} decides whether we are ready. */
  public void serving(Supplier<Future<Void>> ledger) {
    this.ledger = ledger;
    phase = Phase.SERVING;
  }

  /** The shutdown has begun: not ready any more. */
  public void draining() {
    phase = Phase.DRAINING;
  }

  /** That the question is answered at all is the proof of life. */
  Report live() {
    return Report.of(new JsonArray());
  }

  Report started() {
    return Report.of(new JsonArray().add(Report.check("started", phase != Phase.STARTING)));
  }

  Future<Report> ready() {
    JsonArray checks =
        new JsonArray()
            .add(Report.check("started", phase != Phase.STARTING))
            .add(Report.check("accepting", phase != Phase.DRAINING));
    return ledger
        .get()
        .timeout(LONGEST_CHECK_MILLIS, TimeUnit.MILLISECONDS)
        .transform(
            reached -> {
              tellOfChange(reached.succeeded(), reached.cause());
              return Future.succeededFuture(
                  Report.of(checks.add(Report.check("ledger", reached.succeeded()))));
            });
  }

  /** Whoever finds an instance not ready wants the reason in the log, once. */
  private void tellOfChange(boolean reached, @Nullable Throwable why) {
    if (phase == Phase.SERVING && ledgerReached.getAndSet(reached) != reached) {
      if (reached) {
        log.info("The ledger can be reached again");
      } else {
        log.warn("Not ready: {}", String.valueOf(why));
      }
    }
  }
}
