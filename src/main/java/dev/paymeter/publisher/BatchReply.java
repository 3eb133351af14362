package dev.paymeter.publisher;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Reply of Paymeter to a batch.
 *
 * @param dropped number of operations that Paymeter had no capacity for
 * @param rejected errors of the rejected rows, by row
 */
record BatchReply(int accepted, int dropped, int duplicates, Map<Integer, JsonArray> rejected) {

  /**
   * Parses a reply.
   *
   * @param rows number of rows sent
   * @return empty if the batch must be sent again, or the reply is invalid
   */
  static Optional<BatchReply> read(@Nullable Object reply, int rows) {
    if (!(reply instanceof JsonObject json)) {
      return Optional.empty();
    }
    try {
      return switch (json.getString("outcome", "")) {
        case "taken" -> Optional.of(taken(json)).filter(batch -> batch.isComplete(rows));
        case "rejected" -> Optional.of(rejected(json, rows));
        default -> Optional.empty();
      };
    } catch (ClassCastException | NullPointerException malformed) {
      return Optional.empty();
    }
  }

  private static BatchReply taken(JsonObject json) {
    Map<Integer, JsonArray> rejected = new TreeMap<>();
    JsonArray rejections = json.getJsonArray("rejected");
    for (int i = 0; i < rejections.size(); i++) {
      JsonObject rejection = rejections.getJsonObject(i);
      rejected.put(rejection.getInteger("row"), rejection.getJsonArray("errors"));
    }
    return new BatchReply(
        json.getInteger("accepted"),
        json.getInteger("dropped", 0),
        json.getJsonArray("duplicates").size(),
        rejected);
  }

  /** Returns the reply to a batch that was rejected as a whole. */
  private static BatchReply rejected(JsonObject json, int rows) {
    Map<Integer, JsonArray> rejected = new TreeMap<>();
    JsonArray errors = json.getJsonArray("errors", new JsonArray());
    IntStream.range(0, rows).forEach(row -> rejected.put(row, errors));
    return new BatchReply(0, 0, 0, rejected);
  }

  private boolean isComplete(int rows) {
    return accepted >= 0
        && dropped >= 0
        && rejected.keySet().stream().allMatch(row -> row >= 0 && row < rows)
        && rows() == rows;
  }

  /** Returns the number of rows. */
  int rows() {
    return accepted + dropped + duplicates + rejected.size();
  }

  /** Returns whether operations were rejected because of their sequence numbers. */
  boolean rejectsSequence() {
    return rejected.values().stream()
        .flatMap(JsonArray::stream)
        .anyMatch(
            error -> error instanceof JsonObject json && "sequence".equals(json.getValue("field")));
  }
}
