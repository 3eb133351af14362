package dev.paymeter.publisher;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * How a {@link Publisher} sends.
 *
 * @param batchSize most rows of one message, 1 to 10,000
 * @param batchAge longest wait of a row for others to travel with, above zero
 * @param capacity most rows, of all kinds but operations, that wait or are on their way; at least 1
 * @param operationCapacity most operations that wait or are on their way, beside those; at least 1
 * @param operationAttempts how often a message of operations is sent at most, at least 1
 * @param inFlight most messages of one kind that are on their way at once, at least 1
 * @param replyTimeout longest wait for an answer, above zero
 * @param firstPause before a message is sent again for the first time, above zero; then they double
 * @param longestPause up to which they grow, at least the first one
 * @param giveUpAfter how long a message is sent again and again, above zero
 * @param closeTimeout how long {@link Publisher#close} goes on trying, above zero
 */
public record PublisherOptions(
    int batchSize,
    Duration batchAge,
    int capacity,
    int operationCapacity,
    int operationAttempts,
    int inFlight,
    Duration replyTimeout,
    Duration firstPause,
    Duration longestPause,
    Duration giveUpAfter,
    Duration closeTimeout) {

  /** What Paymeter takes at most in one message. */
  public static final int MOST_ROWS = 10_000;

  /**
   * For most: rows are on their way within a fifth of a second, and tried for ten minutes;
   * operations are tried five times.
   */
  public static final PublisherOptions DEFAULTS =
      new PublisherOptions(
          500,
          Duration.ofMillis(200),
          100_000,
          50_000,
          5,
          4,
          Duration.ofSeconds(10),
          Duration.ofMillis(100),
          Duration.ofSeconds(5),
          Duration.ofMinutes(10),
          Duration.ofSeconds(10));

  /**
   * Checks all of them.
   *
   * @throws IllegalArgumentException naming the first that is wrong, what was wanted and found
   */
  public PublisherOptions {
    require(batchSize >= 1 && batchSize <= MOST_ROWS, "batchSize", "1 to " + MOST_ROWS, batchSize);
    require(capacity >= 1, "capacity", "at least 1", capacity);
    require(operationCapacity >= 1, "operationCapacity", "at least 1", operationCapacity);
    require(operationAttempts >= 1, "operationAttempts", "at least 1", operationAttempts);
    require(inFlight >= 1, "inFlight", "at least 1", inFlight);
    requirePositive("batchAge", batchAge);
    requirePositive("replyTimeout", replyTimeout);
    requirePositive("firstPause", firstPause);
    requirePositive("giveUpAfter", giveUpAfter);
    requirePositive("closeTimeout", closeTimeout);
    require(
        longestPause.compareTo(firstPause) >= 0,
        "longestPause",
        "at least firstPause, " + firstPause,
        longestPause);
  }

  /** Timers know milliseconds only. */
  private static void requirePositive(String name, Duration value) {
    require(value.toMillis() >= 1, name, "at least a millisecond", value);
  }

  private static void require(boolean isRight, String name, String wanted, Object found) {
    if (!isRight) {
      throw new IllegalArgumentException(name + ": wanted " + wanted + ", found " + found);
    }
  }

  /** Copies the options, with a change. */
  private PublisherOptions with(Consumer<Copy> change) {
    Copy copy = new Copy();
    change.accept(copy);
    return new PublisherOptions(
        copy.batchSize,
        copy.batchAge,
        copy.capacity,
        copy.operationCapacity,
        copy.operationAttempts,
        copy.inFlight,
        copy.replyTimeout,
        copy.firstPause,
        copy.longestPause,
        copy.giveUpAfter,
        copy.closeTimeout);
  }

  private final class Copy {
    int batchSize = PublisherOptions.this.batchSize;
    Duration batchAge = PublisherOptions.this.batchAge;
    int capacity = PublisherOptions.this.capacity;
    int operationCapacity = PublisherOptions.this.operationCapacity;
    int operationAttempts = PublisherOptions.this.operationAttempts;
    int inFlight = PublisherOptions.this.inFlight;
    Duration replyTimeout = PublisherOptions.this.replyTimeout;
    Duration firstPause = PublisherOptions.this.firstPause;
    Duration longestPause = PublisherOptions.this.longestPause;
    Duration giveUpAfter = PublisherOptions.this.giveUpAfter;
    Duration closeTimeout = PublisherOptions.this.closeTimeout;
  }

  public PublisherOptions withBatches(int size, Duration age) {
    return with(
        copy -> {
          copy.batchSize = size;
          copy.batchAge = age;
        });
  }

  public PublisherOptions withCapacity(int rows) {
    return with(copy -> copy.capacity = rows);
  }

  /**
   * @param rows most operations that are held
   * @param attempts how often each message of them is sent at most
   */
  public PublisherOptions withOperations(int rows, int attempts) {
    return with(
        copy -> {
          copy.operationCapacity = rows;
          copy.operationAttempts = attempts;
        });
  }

  public PublisherOptions withInFlight(int messages) {
    return with(copy -> copy.inFlight = messages);
  }

  public PublisherOptions withPauses(Duration first, Duration longest) {
    return with(
        copy -> {
          copy.firstPause = first;
          copy.longestPause = longest;
        });
  }

  /**
   * @param reply longest wait for one answer
   * @param giveUp how long a message is sent again and again
   * @param close how long closing goes on trying
   */
  public PublisherOptions withTimeouts(Duration reply, Duration giveUp, Duration close) {
    return with(
        copy -> {
          copy.replyTimeout = reply;
          copy.giveUpAfter = giveUp;
          copy.closeTimeout = close;
        });
  }
}
