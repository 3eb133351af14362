package dev.paymeter.bus.report;

import dev.paymeter.bus.dedup.SequenceRanges;
import dev.paymeter.json.FieldErrorJson;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.report.ReportLedger;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Replies to publishers as JSON. The {@code outcome} of a single report is {@code accepted}, {@code
 * duplicate}, {@code rejected} (with {@code errors}, each with {@code field}, {@code expected} and
 * {@code actual}), {@code unavailable} or {@code overloaded}; after the last two, the publisher
 * retries with the same id. The {@code outcome} of a batch is {@code taken}, with the number of
 * {@code accepted} rows, the {@code duplicates}, and the {@code rejected} rows, each with its
 * {@code row} and, up to a limit, its {@code errors}; or {@code rejected}, {@code unavailable} or
 * {@code overloaded} for all rows. Operations may also be {@code dropped} for lack of capacity: as
 * the {@code outcome} of a single one, as a number in a batch.
 */
public final class ReportReply {
  /** Maximum number of rejected rows of a batch with their errors. */
  static final int MAX_EXPLAINED_ROWS = 100;

  private ReportReply() {}

  private static final List<FieldError> CONFLICT =
      List.of(new FieldError("id", "a unique id", "the id of another observation"));

  static JsonObject of(ReportLedger.Recording outcome) {
    return outcome == ReportLedger.Recording.CONFLICTING
        ? of(RequestRejectedException.invalid(CONFLICT))
        : new JsonObject().put("outcome", outcome.label());
  }

  /**
   * @param outcomes of the valid rows, in order
   */
  static JsonObject of(ReportReader.Batch<?> batch, List<ReportLedger.Recording> outcomes) {
    int accepted = 0;
    JsonArray duplicates = new JsonArray();
    SortedMap<Integer, List<FieldError>> rejected = new TreeMap<>(batch.fieldErrors());
    Iterator<ReportLedger.Recording> next = outcomes.iterator();
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
        .put("rejected", rejections(rejected));
  }

  /**
   * @param dropped number of accepted rows dropped for lack of capacity
   */
  static JsonObject of(OperationReport batch, SequenceRanges.ClaimResult claimResult, int dropped) {
    if (batch.single()) {
      String outcome = claimResult.rows() == 0 ? "duplicate" : dropped > 0 ? "dropped" : "accepted";
      return new JsonObject().put("outcome", outcome);
    }
    JsonArray duplicates = new JsonArray();
    int[] ranges = claimResult.ranges();
    int accepted = 0;
    int row = 0;
    for (int i = 0; i <= ranges.length; i += 2) {
      int from = i < ranges.length ? ranges[i] : batch.rows().rows();
      for (; row < from; row++) {
        if (batch.rows().isValid(row)) {
          duplicates.add(row);
        }
      }
      for (; i < ranges.length && row < ranges[i + 1]; row++) {
        accepted += batch.rows().isValid(row) ? 1 : 0;
      }
    }
    return new JsonObject()
        .put("outcome", "taken")
        .put("accepted", accepted - dropped)
        .put("dropped", dropped)
        .put("duplicates", duplicates)
        .put("rejected", rejections(batch.fieldErrors()));
  }

  private static JsonArray rejections(SortedMap<Integer, List<FieldError>> rejected) {
    JsonArray rejections = new JsonArray();
    rejected.forEach(
        (row, faults) -> {
          JsonObject rejection = new JsonObject().put("row", row);
          if (rejections.size() < MAX_EXPLAINED_ROWS) {
            rejection.put("errors", FieldErrorJson.write(faults));
          }
          rejections.add(rejection);
        });
    return rejections;
  }

  /** Returns the reply if it is unknown which operations were accepted before. */
  static JsonObject unavailable() {
    return retry("unavailable", "Cannot check for duplicates at present. Report it again.");
  }

  /** Returns the reply if too many operations are in progress. */
  static JsonObject overloaded() {
    return retry("overloaded", "Too many reports are in progress. Report it again.");
  }

  private static JsonObject retry(String outcome, String detail) {
    return new JsonObject().put("outcome", outcome).put("detail", detail);
  }

  static JsonObject of(RequestRejectedException rejected) {
    JsonObject json = new JsonObject().put("detail", rejected.detail());
    return switch (rejected.reason()) {
      case INVALID ->
          json.put("outcome", "rejected")
              .put("errors", FieldErrorJson.write(rejected.fieldErrors()));
      case OVERLOADED -> json.put("outcome", "overloaded");
      case NOT_FOUND,
          WRONG_STATE,
          SECOND_KEY_REQUIRED,
          REFUND_TOO_LARGE,
          CAPTURE_TOO_LARGE,
          ACCOUNT_UNAVAILABLE,
          NO_EVIDENCE,
          LEDGER_UNAVAILABLE,
          KEY_IN_FLIGHT,
          KEY_MISMATCH ->
          json.put("outcome", "unavailable");
    };
  }
}
