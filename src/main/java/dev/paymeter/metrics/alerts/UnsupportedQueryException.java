package dev.paymeter.metrics.alerts;

/** A query that is outside the supported part of PromQL, or that this instance has no data for. */
final class UnsupportedQueryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnsupportedQueryException(String message) {
    super(message);
  }
}
