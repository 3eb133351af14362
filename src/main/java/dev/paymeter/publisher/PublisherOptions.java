package dev.paymeter.publisher;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * Options of a {@link Publisher}. All durations are at least a millisecond.
 *
 * @param batchSize maximum number of rows in a message, 1 to 10,000
 * @param batchAge maximum time for which a row waits for a full batch
 * @param capacity maximum number of rows, other than operations, queued or in flight; at least 1
 * @param operationCapacity maximum number of operations queued or in flight; at least 1
 * @param operationAttempts maximum number of attempts to send a message of operations, at least 1
 * @param inFlight maximum number of messages of a kind in flight, at least 1
 * @param replyTimeout maximum wait for a reply
 * @param firstPause pause before the first retry; doubles with each retry
 * @param longestPause maximum pause, at least {@code firstPause}
 * @param giveUpAfter maximum time for which a message is retried
 * @param closeTimeout maximum time for which {@link Publisher#close} sends queued rows
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

  /** Maximum number of rows that Paymeter accepts in a message. */
  public static final int MOST_ROWS = 10_000;

  /**
   * Default options: rows are sent within 200 ms and retried for ten minutes; operations are sent
   * up to five times.
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
   * Validates the options.
   *
   * @throws IllegalArgumentException with the name, expected and actual value of an invalid option
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

  /** Requires a millisecond, the resolution of timers. */
  private static void requirePositive(String name, Duration value) {
    require(value.toMillis() >= 1, name, "at least a millisecond", value);
  }

  private static void require(boolean isValid, String name, String expected, Object actual) {
    if (!isValid) {
      throw new IllegalArgumentException(name + ": expected " + expected + ", found " + actual);
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
   * @param rows maximum number of operations queued or in flight
   * @param attempts maximum number of attempts to send a message of operations
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
   * @param reply maximum wait for a reply
   * @param giveUp maximum time for which a message is retried
   * @param close maximum time for which closing sends queued rows
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
