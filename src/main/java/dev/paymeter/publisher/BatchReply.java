package dev.paymeter.publisher;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.BitSet;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What Paymeter answered of a batch, row by row.
 *
 * @param dropped of operations, how many there was no room for
 * @param rejected by row, what was wrong
 */
record BatchReply(int accepted, int dropped, int duplicates, Map<Integer, JsonArray> rejected) {

  /**
   * Reads an answer.
   *
   * @param rows that were sent
   * @return nothing where the batch is to be sent again, or the answer does not add up
   */
  static Optional<BatchReply> read(@Nullable Object answer, int rows) {
    if (!(answer instanceof JsonObject json)) {
      return Optional.empty();
    }
    try {
      return switch (json.getString("outcome", "")) {
        case "taken" -> Optional.of(taken(json)).filter(reply -> reply.isOf(rows));
        case "rejected" -> Optional.of(rejected(json, rows));
        default -> Optional.empty();
      };
    } catch (ClassCastException | NullPointerException notAsAgreed) {
      return Optional.empty();
    }
  }

  private static BatchReply taken(JsonObject json) {
    Map<Integer, JsonArray> rejected = new TreeMap<>();
    JsonArray refusals = json.getJsonArray("rejected");
    for (int i = 0; i < refusals.size(); i++) {
      JsonObject refusal = refusals.getJsonObject(i);
      rejected.put(refusal.getInteger("row"), refusal.getJsonArray("errors"));
    }
    return new BatchReply(
        json.getInteger("accepted"),
        json.getInteger("dropped", 0),
        json.getJsonArray("duplicates").size(),
        rejected);
  }

  /** The batch as a whole. */
  private static BatchReply rejected(JsonObject json, int rows) {
    Map<Integer, JsonArray> rejected = new TreeMap<>();
    JsonArray errors = json.getJsonArray("errors", new JsonArray());
    for (int row = 0; row < rows; row++) {
      rejected.put(row, errors);
    }
    return new BatchReply(0, 0, 0, rejected);
  }

  private boolean isOf(int rows) {
    BitSet refused = new BitSet(rows);
    rejected.keySet().stream().filter(row -> row >= 0 && row < rows).forEach(refused::set);
    return accepted >= 0
        && dropped >= 0
        && refused.cardinality() == rejected.size()
        && rows() == rows;
  }

  /** How many it is about. */
  int rows() {
    return accepted + dropped + duplicates + rejected.size();
  }

  /** Whether operations were refused, right or wrong, because of the numbers that they had. */
  boolean refusesNumbers() {
    return rejected.values().stream()
        .flatMap(JsonArray::stream)
        .anyMatch(
            error ->
                error instanceof JsonObject fault && "sequence".equals(fault.getValue("field")));
  }
}
