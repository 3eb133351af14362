package dev.paymeter.postgres;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The times of the next inquiry before which no transfer of a gateway is due any more. Below them,
 * the index contains only entries of rows that were taken or settled, which the server cannot
 * remove while a transaction of another client is open. Thread-safe.
 */
final class TakePositions {
  /** Longer than nearly all statements take that write the time of an inquiry. */
  static final Duration MARGIN = Duration.ofSeconds(2);

  /**
   * Rows of slower statements, and rows that another instance had locked, are behind the position.
   */
  private static final Duration RESTART_INTERVAL = Duration.ofMinutes(1);

  private static final OffsetDateTime START = OffsetDateTime.parse("2000-01-01T00:00:00Z");

  private final LongSupplier nanoTime;
  private final Map<String, OffsetDateTime> byGateway = new HashMap<>();
  private long restartedAt;

  TakePositions(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.restartedAt = nanoTime.getAsLong();
  }

  /** Returns the position of a gateway; once in a minute, the beginning. */
  synchronized OffsetDateTime of(String gateway) {
    long now = nanoTime.getAsLong();
    if (now - restartedAt >= RESTART_INTERVAL.toNanos()) {
      restartedAt = now;
      byGateway.clear();
    }
    return byGateway.getOrDefault(gateway, START);
  }

  /**
   * Notes that transfers were taken in the order of their times.
   *
   * @param now the server's time before the statement that took them
   * @param due the times of the transfers that were taken
   * @param limit the maximum number of these
   */
  synchronized void taken(String gateway, OffsetDateTime now, List<OffsetDateTime> due, int limit) {
    if (limit > 0) {
      OffsetDateTime upTo =
          due.size() < limit ? now : due.stream().max(OffsetDateTime::compareTo).orElse(now);
      byGateway.put(gateway, upTo.minus(MARGIN));
    }
  }
}
