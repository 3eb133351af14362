package dev.paymeter.report;

import java.util.List;

/**
 * Timed operations of another service, as arrays with one element per row: a batch has thousands of
 * rows, and an object per row would cost more than counting it. The arrays are not copied, and must
 * not be changed.
 *
 * @param names the distinct names of operations
 * @param name the index of each row's operation in {@code names}, or {@link #INVALID}
 * @param failed whether each row's operation failed
 * @param micros the duration of each row in microseconds, not negative
 */
public record OperationRows(List<String> names, int[] name, boolean[] failed, long[] micros) {
  /** The name index of an invalid row. */
  public static final int INVALID = -1;

  public OperationRows {
    names = List.copyOf(names);
  }

  public int rows() {
    return name.length;
  }

  /** Returns the index of a row's operation in {@link #names}, or {@link #INVALID}. */
  public int name(int row) {
    return name[row];
  }

  public boolean isValid(int row) {
    return name[row] != INVALID;
  }

  public boolean failed(int row) {
    return failed[row];
  }

  public long micros(int row) {
    return micros[row];
  }
}
