package dev.paymeter.security;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Port for counting rejected requests and connections. Never blocks or throws; thread-safe. */
@FunctionalInterface
public interface RejectionMetrics {
  RejectionMetrics NONE = reason -> {};

  void rejected(Reason reason);

  /** Reasons for rejecting a request or a connection before it is processed. */
  enum Reason {
    /** The limit of connections was reached: the new connection or an idle one was closed. */
    CONNECTIONS,
    /** The key is missing or invalid. */
    UNAUTHENTICATED,
    /** The key does not have the scope. */
    MISSING_SCOPE,
    /** The key exceeds its rate limit. */
    RATE_LIMITED,
    CARD_NUMBER,
    BODY_TOO_LARGE,
    URI_TOO_LONG,
    HEADERS_TOO_LARGE,
    /** The request was not complete in time. */
    REQUEST_TIMEOUT,
    /** The client did not read responses in time. */
    RESPONSE_TIMEOUT;

    /** Returns the value of the metric label. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the reason of a problem, if the problem is a rejection.
     *
     * @param kind the problem's kind, with hyphens between words
     */
    public static Optional<Reason> ofProblem(String kind) {
      return Arrays.stream(values())
          .filter(reason -> reason.label().replace('_', '-').equals(kind))
          .findFirst();
    }
  }
}
