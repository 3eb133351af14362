package dev.paymeter.postgres;

/** A server, or a pooler in front of it, with which the ledger would be incorrect. */
public final class UnsuitableServerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Kind kind;

  /** The cause. */
  public enum Kind {
    /** A setting that only an operator changes. */
    SETTINGS,
    /** A pooler assigns server sessions to transactions instead of connections. */
    SHARED_SESSIONS,
    /** A server that rejects writes although another one may accept them. */
    STANDBY
  }

  public UnsuitableServerException(String message, Kind kind) {
    super(message);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
