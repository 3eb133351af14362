package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.RequestRefusedException.Fault;
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
 * Reads reports of one kind, one or a batch in columns, field by field, and names every fault at
 * once. Immutable; safe from any thread.
 */
public final class ReportReader<R> {
  private static final Pattern PUBLISHER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final Pattern NOT_US =
      Pattern.compile("(?!" + Refund.PUBLISHER + "$)" + PUBLISHER.pattern());
  private static final String NAME = "1 to 128 letters, digits, dots, hyphens, underscores";
  private static final String KIND = "kind";
  private static final String ID = "id";

  private final Format<R> format;
  private final Set<String> fields = new LinkedHashSet<>(List.of(KIND, "publisher", ID));
  private final Set<String> batchFields = Set.of(KIND, "publisher", ColumnarBatch.FIELD);
  private final Set<String> required = new LinkedHashSet<>(List.of(ID));
  private final Set<String> columns = new LinkedHashSet<>();

  /** What is particular to one kind of report. */
  interface Format<R> {
    /** The fields of a single one, beside those that all reports have. */
    Set<String> fields();

    /** The columns that every batch has, beside that of the ids. */
    Set<String> requiredColumns();

    Set<String> optionalColumns();

    /** Those optional columns in which a row that has no value has null. */
    default Set<String> sparseColumns() {
      return Set.of();
    }

    /**
     * Reads the fields, and says what they make of a name; it is asked only where nothing is wrong.
     *
     * @param inColumns whether they come from a batch
     */
    Function<Name, R> read(JsonFieldReader jsonFieldReader, boolean inColumns);
  }

  /** What a publisher calls a report. */
  record Name(String publisher, String id) {}

  /**
   * What a batch reports.
   *
   * @param reports by row, those that are right
   * @param faults by row, of the others
   */
  public record Batch<R>(SortedMap<Integer, R> reports, SortedMap<Integer, List<Fault>> faults) {}

  ReportReader(Format<R> format) {
    this.format = format;
    fields.addAll(format.fields());
    required.addAll(format.requiredColumns());
    columns.addAll(required);
    columns.addAll(format.optionalColumns());
  }

  /** Whether a message is a batch, not a single report. */
  static boolean isBatch(JsonObject json) {
    return json.containsKey(ColumnarBatch.FIELD);
  }

  /**
   * Reads one.
   *
   * @throws RequestRefusedException naming every fault
   */
  public R read(JsonObject json) {
    JsonFieldReader read = new JsonFieldReader(json);
    String publisher = publisher(read);
    String id = read.reference(ID);
    Function<Name, R> report = format.read(read, false);
    read.check(fields);
    return report.apply(new Name(requireNonNull(publisher), requireNonNull(id)));
  }

  /**
   * Reads a batch, row by row.
   *
   * @throws RequestRefusedException naming every fault that concerns more than a row
   */
  public Batch<R> readBatch(JsonObject json) {
    JsonFieldReader read = new JsonFieldReader(json);
    String publisher = publisher(read);
    read.check(batchFields);
    ColumnarBatch rows =
        ColumnarBatch.of(json.getValue(ColumnarBatch.FIELD), required, format.optionalColumns());
    SortedMap<Integer, R> reports = new TreeMap<>();
    SortedMap<Integer, List<Fault>> faults = new TreeMap<>();
    for (int row = 0; row < rows.rows(); row++) {
      try {
        reports.put(
            row,
            readRow(
                requireNonNull(publisher),
                new JsonFieldReader(rows.row(row, format.sparseColumns()))));
      } catch (RequestRefusedException refused) {
        faults.put(row, refused.faults());
      }
    }
    return new Batch<>(reports, faults);
  }

  private R readRow(String publisher, JsonFieldReader read) {
    String id = read.reference(ID);
    Function<Name, R> report = format.read(read, true);
    read.check(columns);
    return report.apply(new Name(publisher, requireNonNull(id)));
  }

  /** Who reports. What we write ourselves stands under a name of our own. */
  static @Nullable String publisher(JsonFieldReader jsonFieldReader) {
    return jsonFieldReader.matching("publisher", NOT_US, NAME + ", but not " + Refund.PUBLISHER);
  }

  /** What a publisher calls itself, or its session. */
  static @Nullable String name(JsonFieldReader jsonFieldReader, String field) {
    return jsonFieldReader.matching(field, PUBLISHER, NAME);
  }
}
