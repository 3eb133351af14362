package dev.paymeter.bus.report;

import dev.paymeter.bus.dedup.SequenceRanges;
import dev.paymeter.json.FieldErrorJson;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.RequestRefusedException.Fault;
import dev.paymeter.report.ReportIngestor;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a publisher is told, as JSON. Of one observation: {@code outcome} is {@code accepted},
 * {@code duplicate}, {@code rejected} (with {@code errors}, each with {@code field}, {@code
 * expected} and {@code actual}), or {@code unavailable} or {@code overloaded}: try again under the
 * same id. Of a batch: {@code outcome} is {@code taken} (with the number of those {@code accepted},
 * the rows that are {@code duplicates}, and those {@code rejected}, each with its {@code row} and,
 * the first hundred, {@code errors}); or as a whole {@code rejected}, {@code unavailable} or {@code
 * overloaded}. Operations may be {@code dropped}, too, for want of room: one as its {@code
 * outcome}, of a batch their number.
 */
public final class ReportReply {
  /** Rows of a batch that are told what was wrong: whoever sends worse gets the drift. */
  static final int MOST_EXPLAINED = 100;

  private ReportReply() {}

  private static final List<Fault> CONFLICT =
      List.of(new Fault("id", "an id of its own", "the id of another observation"));

  static JsonObject of(ReportIngestor.Outcome outcome) {
    return outcome == ReportIngestor.Outcome.CONFLICTING
        ? of(RequestRefusedException.invalid(CONFLICT))
        : new JsonObject().put("outcome", outcome.label());
  }

  /**
   * @param outcomes of those rows that were right, in their order
   */
  static JsonObject of(ReportReader.Batch<?> batch, List<ReportIngestor.Outcome> outcomes) {
    int accepted = 0;
    JsonArray duplicates = new JsonArray();
    SortedMap<Integer, List<Fault>> rejected = new TreeMap<>(batch.faults());
    Iterator<ReportIngestor.Outcome> next = outcomes.iterator();
    for (Integer row : batch.reports().keySet()) {
      switch (next.next()) {
        case ACCEPTED -> accepted++;
        case DUPLICATE -> duplicates.add(row);
        case CONFLICTING -> rejected.put(row, CONFLICT);
      }
    }
    return new JsonObject()
        .put("outcome", "taken")
        .put("accepted", accepted)
        .put("duplicates", duplicates)
        .put("rejected", refusals(rejected));
  }

  /**
   * @param dropped of the rows that were taken, how many there was no room for
   */
  static JsonObject of(OperationReport batch, SequenceRanges.Taken taken, int dropped) {
    if (batch.single()) {
      String outcome = taken.rows() == 0 ? "duplicate" : dropped > 0 ? "dropped" : "accepted";
      return new JsonObject().put("outcome", outcome);
    }
    JsonArray duplicates = new JsonArray();
    int[] ranges = taken.ranges();
    int right = 0;
    int row = 0;
    for (int i = 0; i <= ranges.length; i += 2) {
      int from = i < ranges.length ? ranges[i] : batch.rows().rows();
      for (; row < from; row++) {
        if (batch.rows().isRight(row)) {
          duplicates.add(row);
        }
      }
      for (; i < ranges.length && row < ranges[i + 1]; row++) {
        right += batch.rows().isRight(row) ? 1 : 0;
      }
    }
    return new JsonObject()
        .put("outcome", "taken")
        .put("accepted", right - dropped)
        .put("dropped", dropped)
        .put("duplicates", duplicates)
        .put("rejected", refusals(batch.faults()));
  }

  private static JsonArray refusals(SortedMap<Integer, List<Fault>> rejected) {
    JsonArray refusals = new JsonArray();
    rejected.forEach(
        (row, faults) -> {
          JsonObject refusal = new JsonObject().put("row", row);
          refusals.add(
              refusals.size() < MOST_EXPLAINED
                  ? refusal.put("errors", FieldErrorJson.write(faults))
                  : refusal);
        });
    return refusals;
  }

  /** Of operations: nobody can say now which of them were reported before. */
  static JsonObject unavailable() {
    return new JsonObject()
        .put("outcome", "unavailable")
        .put("detail", "It cannot be told now what was reported before. Report it again.");
  }

  /** Of operations: more is being worked on than there is room for. */
  static JsonObject overloaded() {
    return new JsonObject()
        .put("outcome", "overloaded")
        .put("detail", "There is no room for more now. Report it again.");
  }

  static JsonObject of(RequestRefusedException refused) {
    JsonObject json = new JsonObject().put("detail", refused.detail());
    return switch (refused.reason()) {
      case INVALID ->
          json.put("outcome", "rejected").put("errors", FieldErrorJson.write(refused.faults()));
      case OVERLOADED -> json.put("outcome", "overloaded");
      case NOT_FOUND,
          WRONG_STATE,
          REFUND_TOO_LARGE,
          LEDGER_UNAVAILABLE,
          KEY_IN_FLIGHT,
          KEY_MISMATCH ->
          json.put("outcome", "unavailable");
    };
  }
}
