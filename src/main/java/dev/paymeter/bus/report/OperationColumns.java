package dev.paymeter.bus.report;

import dev.paymeter.json.ActualValue;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.port.PaymentMetrics.Outcome;
import dev.paymeter.report.OperationRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Columns of a batch of operations, filled value by value while the batch is read. A row with an
 * invalid value is marked, and its errors are kept. Not thread-safe.
 */
final class OperationColumns {
  static final String OPERATION = "operation";
  static final String OUTCOME = "outcome";
  static final String MICROS = "duration_micros";
  static final Set<String> ALL = new LinkedHashSet<>(List.of(OPERATION, OUTCOME, MICROS));

  static final long MAX_SECONDS = 3600;
  static final long MAX_MICROS = MAX_SECONDS * 1_000_000;
  static final List<String> OUTCOMES = Arrays.stream(Outcome.values()).map(Outcome::label).toList();

  private static final String SUCCESS = Outcome.SUCCESS.label();
  static final String FAILURE = Outcome.FAILURE.label();
  private static final String MICROS_EXPECTED =
      "a whole number of microseconds from 0 to " + MAX_MICROS;

  private final OperationNames names = new OperationNames();
  private final SortedMap<Integer, List<FieldError>> fieldErrors = new TreeMap<>();
  private int[] name = new int[256];
  private boolean[] failed = new boolean[256];
  private long[] micros = new long[256];
  private int operationCount;
  private int outcomeCount;
  private int durationCount;

  /** Adds the operation of the next row. */
  void operation(char[] text, int from, int length) {
    int index = names.indexOf(text, from, length);
    if (names.isValid(index)) {
      addOperation(index);
    } else {
      invalidOperation(names.name(index));
    }
  }

  void operation(@Nullable Object value) {
    if (value instanceof String text) {
      operation(text.toCharArray(), 0, text.length());
    } else {
      invalidOperation(value);
    }
  }

  private void invalidOperation(@Nullable Object value) {
    invalid(operationCount, OPERATION, OperationNames.EXPECTED, value);
    addOperation(OperationRows.INVALID);
  }

  private void addOperation(int index) {
    if (operationCount == name.length) {
      name = Arrays.copyOf(name, 2 * operationCount);
    }
    name[operationCount++] = index;
  }

  /** Adds the outcome of the next row. */
  void outcome(char[] text, int from, int length) {
    boolean success = OperationNames.is(SUCCESS, text, from, length);
    if (success || OperationNames.is(FAILURE, text, from, length)) {
      addOutcome(!success);
    } else {
      outcome(new String(text, from, length));
    }
  }

  void outcome(@Nullable Object value) {
    if (!SUCCESS.equals(value) && !FAILURE.equals(value)) {
      invalid(outcomeCount, OUTCOME, AllowedValues.oneOf(OUTCOMES), value);
    }
    addOutcome(FAILURE.equals(value));
  }

  private void addOutcome(boolean isFailure) {
    if (outcomeCount == failed.length) {
      failed = Arrays.copyOf(failed, 2 * outcomeCount);
    }
    failed[outcomeCount++] = isFailure;
  }

  /** Adds the duration of the next row. */
  void micros(long value) {
    if (durationCount == micros.length) {
      micros = Arrays.copyOf(micros, 2 * durationCount);
    }
    if (value < 0 || value > MAX_MICROS) {
      invalid(durationCount, MICROS, MICROS_EXPECTED, value);
    }
    micros[durationCount++] = value;
  }

  void micros(@Nullable Object value) {
    if (value instanceof Integer || value instanceof Long) {
      micros(((Number) value).longValue());
    } else {
      invalid(durationCount, MICROS, MICROS_EXPECTED, value);
      micros(0);
    }
  }

  private void invalid(int row, String column, String expected, @Nullable Object value) {
    fieldErrors
        .computeIfAbsent(row, key -> new ArrayList<>())
        .add(new FieldError(column, expected, ActualValue.describe(value)));
  }

  /**
   * Returns all rows. Call it when every column has been read.
   *
   * @throws RequestRejectedException if the columns are empty, too long or of different lengths
   */
  OperationRows rows() {
    checkLength(OPERATION, operationCount);
    if (outcomeCount != operationCount) {
      throw unequal(OUTCOME, outcomeCount);
    }
    if (durationCount != operationCount) {
      throw unequal(MICROS, durationCount);
    }
    int[] valid = Arrays.copyOf(name, operationCount);
    fieldErrors.keySet().forEach(row -> valid[row] = OperationRows.INVALID);
    return new OperationRows(names.all(), valid, failed, micros);
  }

  /** Checks a length. Also called while reading, so that reading stops at the maximum. */
  static void checkLength(String column, int rows) {
    if (rows < 1 || rows > ColumnarBatch.MAX_ROWS) {
      throw invalidColumn(
          column,
          "1 to " + ColumnarBatch.MAX_ROWS + " values",
          rows > ColumnarBatch.MAX_ROWS ? "more than " + ColumnarBatch.MAX_ROWS : rows + " values");
    }
  }

  private RequestRejectedException unequal(String column, int rows) {
    return invalidColumn(
        column,
        operationCount + " values, the length of " + ColumnarBatch.FIELD + '.' + OPERATION,
        rows + " values");
  }

  static RequestRejectedException invalidColumn(String column, String expected, String actual) {
    return RequestRejectedException.invalid(
        List.of(
            new FieldError(
                ColumnarBatch.FIELD + '.' + ActualValue.shorten(column), expected, actual)));
  }

  SortedMap<Integer, List<FieldError>> fieldErrors() {
    return fieldErrors;
  }
}
