package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.json.Fields;
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
  private static final Set<String> BATCH_FIELDS = fields(Columns.FIELD);
  private static final Set<String> FIELDS =
      fields(OperationColumns.OPERATION, OperationColumns.OUTCOME, DURATION);

  /** Whole numbers up to 2^53 are exact in every JSON library. */
  private static final long HIGHEST = (1L << 53) - Columns.MOST_ROWS;

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
  public static OperationBatch read(JsonObject json) {
    return ReportReader.isBatch(json) ? readBatch(json) : readOne(json);
  }

  private static OperationBatch readOne(JsonObject json) {
    Fields fields = new Fields(json);
    String session = session(fields);
    Long first = fields.whole(SEQUENCE, 0, HIGHEST);
    String operation =
        fields.matching(OperationColumns.OPERATION, OperationNames.NAME, OperationNames.WANTED);
    String outcome = fields.choice(OperationColumns.OUTCOME, OperationColumns.OUTCOMES);
    Duration took = fields.seconds(DURATION, Duration.ofSeconds(OperationColumns.LONGEST_SECONDS));
    fields.check(FIELDS);
    OperationRows row =
        new OperationRows(
            List.of(requireNonNull(operation)),
            new int[1],
            new boolean[] {OperationColumns.FAILURE.equals(outcome)},
            new long[] {requireNonNull(took).toNanos() / 1000});
    return new OperationBatch(session, requireNonNull(first), row, new TreeMap<>(), true);
  }

  private static OperationBatch readBatch(JsonObject json) {
    Columns columns = Columns.of(json.getValue(Columns.FIELD), OperationColumns.ALL, Set.of());
    OperationColumns read = new OperationColumns();
    JsonArray operations = columns.values(OperationColumns.OPERATION);
    JsonArray outcomes = columns.values(OperationColumns.OUTCOME);
    JsonArray micros = columns.values(OperationColumns.MICROS);
    for (int row = 0; row < columns.rows(); row++) {
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
  static OperationBatch batch(JsonObject head, OperationColumns columns) {
    Fields fields = new Fields(head);
    String session = session(fields);
    Long first = fields.whole(SEQUENCE, 0, HIGHEST);
    fields.check(BATCH_FIELDS);
    return new OperationBatch(
        session, requireNonNull(first), columns.rows(), columns.faults(), false);
  }

  /** Publisher and session in one: neither can have a slash. */
  private static String session(Fields fields) {
    @Nullable String publisher = ReportReader.publisher(fields);
    @Nullable String session = ReportReader.name(fields, "session");
    return publisher + "/" + session;
  }
}
