package dev.paymeter.report;

import java.util.List;

/**
 * Operations that another service has timed, row by row in arrays: thousands come at once, and
 * objects of their own would cost more than all that is done with them. Not to be changed any more.
 */
public final class OperationRows {
  /** The name of a row that makes no sense. */
  public static final int WRONG = -1;

  private final List<String> names;
  private final int[] name;
  private final boolean[] failed;
  private final long[] micros;

  /**
   * Takes the arrays as they are.
   *
   * @param names of the operations, each once
   * @param name by row, its operation's place in {@code names}, or {@link #WRONG}
   * @param failed by row
   * @param micros by row, how long it took in microseconds, not negative
   */
  public OperationRows(List<String> names, int[] name, boolean[] failed, long[] micros) {
    this.names = List.copyOf(names);
    this.name = name;
    this.failed = failed;
    this.micros = micros;
  }

  public int rows() {
    return name.length;
  }

  public List<String> names() {
    return names;
  }

  /** The place of a row's operation in {@link #names}, or {@link #WRONG}. */
  public int name(int row) {
    return name[row];
  }

  /** Whether a row makes sense. */
  public boolean isRight(int row) {
    return name[row] != WRONG;
  }

  public boolean failed(int row) {
    return failed[row];
  }

  public long micros(int row) {
    return micros[row];
  }
}
