package dev.paymeter.settlement;

import java.util.Map;

/**
 * The result of a comparison.
 *
 * @param lines of the file
 * @param matched lines without an exception
 * @param wasRead whether the same content was read before
 * @param exceptions the exceptions of the file, known ones included
 * @param explained exceptions of other files that this one explains
 */
public record SettlementResult(
    long lines,
    long matched,
    boolean wasRead,
    Map<ExceptionKind, Count> exceptions,
    long explained) {
  /** Exceptions of a kind. */
  public record Count(long all, long open) {}

  public SettlementResult {
    exceptions = Map.copyOf(exceptions);
  }

  /** Returns the number of exceptions that are open. */
  public long open() {
    return exceptions.values().stream().mapToLong(Count::open).sum();
  }
}
