package dev.paymeter.security;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Port: whom the service turned away, and why. Never blocks, never throws. Safe from any thread.
 */
@FunctionalInterface
public interface RejectionMetrics {
  RejectionMetrics NONE = why -> {};

  void refused(Reason why);

  /** Why a request or a connection was refused before anything was done for it. */
  enum Reason {
    /** One connection more than there may be. */
    CONNECTIONS,
    /** No key, or a wrong one. */
    UNAUTHENTICATED,
    /** A key without the scope. */
    MISSING_SCOPE,
    /** More requests than the key may send. */
    RATE_LIMITED,
    CARD_NUMBER,
    BODY_TOO_LARGE,
    URI_TOO_LONG,
    HEADERS_TOO_LARGE,
    /** It did not come whole in time. */
    REQUEST_TIMEOUT;

    /** The value of a label. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The reason of a problem.
     *
     * @param kind its kind, with hyphens between words; empty where it is no such reason
     */
    public static Optional<Reason> ofProblem(String kind) {
      return Arrays.stream(values())
          .filter(reason -> reason.label().replace('_', '-').equals(kind))
          .findFirst();
    }
  }
}
