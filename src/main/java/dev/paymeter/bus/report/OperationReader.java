package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.report.OperationRows;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads reported operations, one or a batch in columns, from JSON objects. */
public final class OperationReader {
  private static final String SEQUENCE = "sequence";
  private static final String DURATION = "duration";
  private static final Set<String> BATCH_FIELDS =
      Set.of("kind", "publisher", "session", SEQUENCE, ColumnarBatch.FIELD);
  private static final Set<String> FIELDS =
      Set.of(
          "kind",
          "publisher",
          "session",
          SEQUENCE,
          OperationColumns.OPERATION,
          OperationColumns.OUTCOME,
          DURATION);

  /** Keeps sequence numbers below 2^53, up to which every JSON library is exact. */
  private static final long MAX_FIRST = (1L << 53) - ColumnarBatch.MAX_ROWS;

  private OperationReader() {}

  /**
   * Reads an operation or a batch.
   *
   * @throws RequestRejectedException with every error that concerns more than one row
   */
  public static OperationReport read(JsonObject json) {
    return ReportReader.isBatch(json) ? readBatch(json) : readOne(json);
  }

  private static OperationReport readOne(JsonObject json) {
    JsonFieldReader fields = new JsonFieldReader(json);
    String session = session(fields);
    Long first = fields.whole(SEQUENCE, 0, MAX_FIRST);
    String operation =
        fields.matching(OperationColumns.OPERATION, OperationNames.NAME, OperationNames.EXPECTED);
    String outcome = fields.choice(OperationColumns.OUTCOME, OperationColumns.OUTCOMES);
    Duration took = fields.seconds(DURATION, Duration.ofSeconds(OperationColumns.MAX_SECONDS));
    fields.check(FIELDS);
    OperationRows row =
        new OperationRows(
            List.of(requireNonNull(operation)),
            new int[1],
            new boolean[] {OperationColumns.FAILURE.equals(outcome)},
            new long[] {requireNonNull(took).toNanos() / 1000});
    return new OperationReport(session, requireNonNull(first), row, new TreeMap<>(), true);
  }

  private static OperationReport readBatch(JsonObject json) {
    ColumnarBatch columnarBatch =
        ColumnarBatch.of(json.getValue(ColumnarBatch.FIELD), OperationColumns.ALL, Set.of());
    OperationColumns read = new OperationColumns();
    JsonArray operations = columnarBatch.values(OperationColumns.OPERATION);
    JsonArray outcomes = columnarBatch.values(OperationColumns.OUTCOME);
    JsonArray micros = columnarBatch.values(OperationColumns.MICROS);
    for (int row = 0; row < columnarBatch.rows(); row++) {
      read.operation(operations.getValue(row));
      read.outcome(outcomes.getValue(row));
      read.micros(micros.getValue(row));
    }
    return batch(json, read);
  }

  /**
   * Returns a batch whose columns have been read.
   *
   * @param head its fields; of {@code columns}, only the presence
   * @throws RequestRejectedException if the fields or the lengths of the columns are invalid
   */
  static OperationReport batch(JsonObject head, OperationColumns columns) {
    JsonFieldReader fields = new JsonFieldReader(head);
    String session = session(fields);
    Long first = fields.whole(SEQUENCE, 0, MAX_FIRST);
    fields.check(BATCH_FIELDS);
    return new OperationReport(
        session, requireNonNull(first), columns.rows(), columns.fieldErrors(), false);
  }

  /** Returns publisher and session, separated by a slash, which neither can contain. */
  private static String session(JsonFieldReader fields) {
    @Nullable String publisher = ReportReader.publisher(fields);
    @Nullable String session = ReportReader.name(fields, "session");
    return publisher + "/" + session;
  }
}
