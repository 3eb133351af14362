package dev.paymeter.bus.report;

import dev.paymeter.json.ActualValue;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Batch with an array of values for each field, all of equal length. Reading it takes a fifth less
 * time than an array of objects, because field names are not repeated.
 */
final class ColumnarBatch {
  /** The field that distinguishes a batch from a single report. */
  static final String FIELD = "columns";

  /** Maximum number of rows, because the reply waits for all of them. */
  static final int MAX_ROWS = 10_000;

  private final JsonObject columns;
  private final int rows;

  private ColumnarBatch(JsonObject columns, int rows) {
    this.columns = columns;
    this.rows = rows;
  }

  /**
   * Reads the columns of a message.
   *
   * @throws RequestRejectedException with every error that concerns more than one row
   */
  static ColumnarBatch of(@Nullable Object value, Set<String> required, Set<String> optional) {
    if (!(value instanceof JsonObject columns)) {
      throw invalid(FIELD, "an object of arrays", value == null ? "null" : "not an object");
    }
    List<FieldError> errors = new ArrayList<>();
    for (String name : columns.fieldNames()) {
      if (!required.contains(name) && !optional.contains(name)) {
        errors.add(new FieldError(path(name), "no such column", "present"));
      }
    }
    for (String name : required) {
      if (!columns.containsKey(name)) {
        errors.add(new FieldError(path(name), "an array", "nothing"));
      }
    }
    for (String name : columns.fieldNames()) {
      if (!(columns.getValue(name) instanceof JsonArray)) {
        errors.add(new FieldError(path(name), "an array", "not an array"));
      }
    }
    if (!errors.isEmpty()) {
      throw RequestRejectedException.invalid(errors);
    }
    return new ColumnarBatch(columns, rows(columns, required.iterator().next()));
  }

  private static int rows(JsonObject columns, String first) {
    int rows = length(columns, first);
    if (rows < 1 || rows > MAX_ROWS) {
      throw invalid(path(first), "1 to " + MAX_ROWS + " values", rows + " values");
    }
    for (String name : columns.fieldNames()) {
      if (length(columns, name) != rows) {
        throw invalid(
            path(name),
            rows + " values, the length of " + path(first),
            length(columns, name) + " values");
      }
    }
    return rows;
  }

  private static int length(JsonObject columns, String name) {
    return Objects.requireNonNull(columns.getJsonArray(name)).size();
  }

  private static String path(String column) {
    return FIELD + "." + ActualValue.shorten(column);
  }

  private static RequestRejectedException invalid(String field, String expected, String actual) {
    return RequestRejectedException.invalid(List.of(new FieldError(field, expected, actual)));
  }

  int rows() {
    return rows;
  }

  JsonArray values(String name) {
    return Objects.requireNonNull(columns.getJsonArray(name));
  }

  /**
   * Returns a row as an object, with the column names as field names.
   *
   * @param sparse columns in which null means that the field is absent
   */
  JsonObject row(int index, Set<String> sparse) {
    JsonObject row = new JsonObject();
    for (String name : columns.fieldNames()) {
      Object value = values(name).getValue(index);
      if (value != null || !sparse.contains(name)) {
        row.put(name, value);
      }
    }
    return row;
  }
}
