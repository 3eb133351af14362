package dev.paymeter.publisher;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Kinds of rows, with their bus address and columns: the wire contract with Paymeter. */
enum RowKind {
  EVENT("observations.v1", "event", List.of("id", "event", "amount_minor", "currency")),
  ERROR("observations.v1", "error", List.of("id", "service", "error_type", "severity")),
  PAYMENT(
      "payments.v1.record",
      "payment",
      List.of(
          "id",
          "order_id",
          "user_id",
          "amount_minor",
          "currency",
          "user_tier",
          "payment_method",
          "gateway",
          "status",
          "duration_micros",
          "error_type",
          "error_code",
          "error_message",
          "settled_at")),
  OPERATION("observations.v1", "operation", List.of("operation", "outcome", "duration_micros"));

  private final String address;
  private final String label;
  private final List<String> columns;

  RowKind(String address, String label, List<String> columns) {
    this.address = address;
    this.label = label;
    this.columns = columns;
  }

  String address() {
    return address;
  }

  /** Returns the maximum number of attempts to send a message. */
  int maxAttempts(PublisherOptions options) {
    return this == OPERATION ? options.operationAttempts() : Integer.MAX_VALUE;
  }

  /** Encodes rows by column; omits columns without values. */
  JsonObject message(String publisher, List<@Nullable Object[]> rows) {
    JsonObject all = new JsonObject();
    for (int column = 0; column < columns.size(); column++) {
      JsonArray values = new JsonArray();
      boolean isEmpty = true;
      for (@Nullable Object[] row : rows) {
        values.add(row[column]);
        isEmpty &= row[column] == null;
      }
      if (!isEmpty) {
        all.put(columns.get(column), values);
      }
    }
    return new JsonObject().put("kind", label).put("publisher", publisher).put("columns", all);
  }

  UnpublishedRow unpublished(@Nullable Object[] row, JsonArray errors) {
    JsonObject object = new JsonObject();
    for (int column = 0; column < columns.size(); column++) {
      if (row[column] != null) {
        object.put(columns.get(column), row[column]);
      }
    }
    return new UnpublishedRow(label, object, errors);
  }
}
