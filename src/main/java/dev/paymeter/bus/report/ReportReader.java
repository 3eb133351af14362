package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads reports of one kind, single or in batches, and collects all field errors. Immutable; safe
 * from any thread.
 */
public final class ReportReader<R> {
  private static final Pattern PUBLISHER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final Pattern NOT_RESERVED =
      Pattern.compile("(?!" + Refund.PUBLISHER + "$)" + PUBLISHER.pattern());
  private static final String NAME_EXPECTED =
      "1 to 128 letters, digits, dots, hyphens, underscores";

  /** Suffix of columns of whole numbers; the field of a single report is a decimal without it. */
  private static final Pattern UNIT = Pattern.compile("_(minor|micros)$");

  private static final String KIND = "kind";
  private static final String ID = "id";

  private final Schema<R> schema;
  private final Set<String> fields = new LinkedHashSet<>(List.of(KIND, "publisher"));
  private final Set<String> batchFields = Set.of(KIND, "publisher", ColumnarBatch.FIELD);
  private final Set<String> required = new LinkedHashSet<>(List.of(ID));
  private final Set<String> columns = new LinkedHashSet<>();

  /**
   * Schema of one kind of report.
   *
   * @param requiredColumns of a batch, without the ids
   * @param sparseColumns the optional columns in which null means that the value is absent
   */
  record Schema<R>(
      List<String> requiredColumns,
      Set<String> optionalColumns,
      Set<String> sparseColumns,
      RowReader<R> rows) {}

  /** Reads the fields of a report. */
  @FunctionalInterface
  interface RowReader<R> {
    /**
     * Returns a function that creates the report; it is called only if all fields are valid.
     *
     * @param inColumns whether the fields come from a batch
     */
    Function<ReportKey, R> read(JsonFieldReader fields, boolean inColumns);
  }

  /** Unique name of a report. */
  record ReportKey(String publisher, String id) {}

  /**
   * Rows of a batch.
   *
   * @param reports the valid reports, by row
   * @param fieldErrors the errors of the other rows
   */
  public record Batch<R>(
      SortedMap<Integer, R> reports, SortedMap<Integer, List<FieldError>> fieldErrors) {}

  ReportReader(Schema<R> schema) {
    this.schema = schema;
    required.addAll(schema.requiredColumns());
    columns.addAll(required);
    columns.addAll(schema.optionalColumns());
    columns.forEach(column -> fields.add(UNIT.matcher(column).replaceFirst("")));
  }

  /** Returns whether a message is a batch instead of a single report. */
  static boolean isBatch(JsonObject json) {
    return json.containsKey(ColumnarBatch.FIELD);
  }

  /**
   * Reads a single report.
   *
   * @throws RequestRejectedException with all field errors
   */
  public R read(JsonObject json) {
    JsonFieldReader reader = new JsonFieldReader(json);
    return read(reader, publisher(reader), false);
  }

  private R read(JsonFieldReader reader, @Nullable String publisher, boolean inColumns) {
    String id = reader.reference(ID);
    Function<ReportKey, R> report = schema.rows().read(reader, inColumns);
    reader.check(inColumns ? columns : fields);
    return report.apply(new ReportKey(requireNonNull(publisher), requireNonNull(id)));
  }

  /**
   * Reads a batch, row by row.
   *
   * @throws RequestRejectedException with every error that concerns more than one row
   */
  public Batch<R> readBatch(JsonObject json) {
    JsonFieldReader reader = new JsonFieldReader(json);
    String publisher = publisher(reader);
    reader.check(batchFields);
    ColumnarBatch rows =
        ColumnarBatch.of(json.getValue(ColumnarBatch.FIELD), required, schema.optionalColumns());
    SortedMap<Integer, R> reports = new TreeMap<>();
    SortedMap<Integer, List<FieldError>> faults = new TreeMap<>();
    for (int row = 0; row < rows.rows(); row++) {
      try {
        JsonFieldReader fields = new JsonFieldReader(rows.row(row, schema.sparseColumns()));
        reports.put(row, read(fields, publisher, true));
      } catch (RequestRejectedException rejected) {
        faults.put(row, rejected.fieldErrors());
      }
    }
    return new Batch<>(reports, faults);
  }

  /** Reads the publisher. The name of Paymeter's own reports is reserved. */
  static @Nullable String publisher(JsonFieldReader reader) {
    return reader.matching(
        "publisher", NOT_RESERVED, NAME_EXPECTED + ", but not " + Refund.PUBLISHER);
  }

  static @Nullable String name(JsonFieldReader reader, String field) {
    return reader.matching(field, PUBLISHER, NAME_EXPECTED);
  }
}
