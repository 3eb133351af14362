package dev.paymeter.web;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Whether the service lives, has started, and is ready, in the form of MicroProfile Health. Safe
 * from any thread.
 */
public final class Health {
  private static final long LONGEST_CHECK_MILLIS = 1000;

  private enum Phase {
    STARTING,
    SERVING,
    DRAINING
  }

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
            reached ->
                Future.succeededFuture(
                    Report.of(checks.add(Report.check("ledger", reached.succeeded())))));
  }
}
