package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.report.OperationRows;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads reported operations, one or a batch in columns, from JSON objects. */
public final class OperationReader {
  private static final String SEQUENCE = "sequence";
  private static final String DURATION = "duration";
  private static final Set<String> BATCH_FIELDS = fields(ColumnarBatch.FIELD);
  private static final Set<String> FIELDS =
      fields(OperationColumns.OPERATION, OperationColumns.OUTCOME, DURATION);

  /** Whole numbers up to 2^53 are exact in every JSON library. */
  private static final long HIGHEST = (1L << 53) - ColumnarBatch.MOST_ROWS;

  private OperationReader() {}

  private static Set<String> fields(String... more) {
    Set<String> all = new HashSet<>(List.of("kind", "publisher", "session", SEQUENCE));
    Collections.addAll(all, more);
    return Set.copyOf(all);
  }

  /**
   * Reads one, or a batch.
   *
   * @throws RequestRefusedException naming every fault that concerns more than a row
   */
  public static OperationReport read(JsonObject json) {
    return ReportReader.isBatch(json) ? readBatch(json) : readOne(json);
  }

  private static OperationReport readOne(JsonObject json) {
    JsonFieldReader jsonFieldReader = new JsonFieldReader(json);
    String session = session(jsonFieldReader);
    Long first = jsonFieldReader.whole(SEQUENCE, 0, HIGHEST);
    String operation =
        jsonFieldReader.matching(
            OperationColumns.OPERATION, OperationNames.NAME, OperationNames.WANTED);
    String outcome = jsonFieldReader.choice(OperationColumns.OUTCOME, OperationColumns.OUTCOMES);
    Duration took =
        jsonFieldReader.seconds(DURATION, Duration.ofSeconds(OperationColumns.LONGEST_SECONDS));
    jsonFieldReader.check(FIELDS);
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
   * A batch whose columns have been read.
   *
   * @param head its fields; of {@code columns}, only that it is there
   * @throws RequestRefusedException naming what is wrong with the fields, or the columns' lengths
   */
  static OperationReport batch(JsonObject head, OperationColumns columns) {
    JsonFieldReader jsonFieldReader = new JsonFieldReader(head);
    String session = session(jsonFieldReader);
    Long first = jsonFieldReader.whole(SEQUENCE, 0, HIGHEST);
    jsonFieldReader.check(BATCH_FIELDS);
    return new OperationReport(
        session, requireNonNull(first), columns.rows(), columns.faults(), false);
  }

  /** Publisher and session in one: neither can have a slash. */
  private static String session(JsonFieldReader jsonFieldReader) {
    @Nullable String publisher = ReportReader.publisher(jsonFieldReader);
    @Nullable String session = ReportReader.name(jsonFieldReader, "session");
    return publisher + "/" + session;
  }
}
