package dev.paymeter.bus;

import dev.paymeter.payments.Change;
import dev.paymeter.payments.RequestRefusedException;
import io.vertx.core.Future;
import java.util.List;

/** What is answered to {@link FindHistory} and {@link ReadChanges}. */
public sealed interface ChangesReply {
  /**
   * Changes in their order.
   *
   * @param end the place behind them
   */
  record Listed(List<Change> changes, Change.Position end) implements ChangesReply {
    public Listed {
      changes = List.copyOf(changes);
    }

    /** What was found behind a place. */
    static Listed behind(Change.Position place, List<Change> found) {
      return new Listed(found, found.isEmpty() ? place : found.get(found.size() - 1).position());
    }
  }

  record Refused(RequestRefusedException why) implements ChangesReply {}

  /** The changes, or the refusal as a failure. */
  default Future<Listed> asFuture() {
    return this instanceof Refused refused
        ? Future.failedFuture(refused.why())
        : Future.succeededFuture((Listed) this);
  }
}
