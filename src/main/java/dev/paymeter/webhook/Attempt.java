package dev.paymeter.webhook;

import java.time.Duration;
import java.util.Set;

/**
 * The outcome of an attempt to deliver a webhook.
 *
 * @param status of the response; 0 if there was none
 * @param error a short text for operators; empty for a delivery
 * @param retryAfter the least pause that the endpoint asked for; zero for none
 */
public record Attempt(int status, String error, Duration retryAfter) {
  private static final int GONE = 410;
  private static final Set<Integer> OVERLOADED = Set.of(429, 502, 504);
  private static final Duration MAX_RETRY_AFTER = Duration.ofHours(1);

  /**
   * Returns the outcome of an attempt with a response.
   *
   * @param retryAfter limited to an hour
   */
  public static Attempt responded(int status, Duration retryAfter) {
    return new Attempt(
        status,
        status / 100 == 2 ? "" : "status " + status,
        retryAfter.compareTo(MAX_RETRY_AFTER) < 0 ? retryAfter : MAX_RETRY_AFTER);
  }

  /** Returns the outcome of an attempt without a response. */
  public static Attempt failed(String error) {
    return new Attempt(0, error, Duration.ZERO);
  }

  boolean isDelivered() {
    return error.isEmpty();
  }

  /** Returns whether the endpoint wants no webhooks any more. */
  boolean isGone() {
    return status == GONE;
  }

  boolean isOverload() {
    return OVERLOADED.contains(status);
  }
}
