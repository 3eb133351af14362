package dev.paymeter.app.close;

/** A day cannot be closed. The message states what was expected, and what was found. */
public final class CloseException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why it cannot. */
  public enum Reason {
    /** The day is not one that can be closed. */
    INVALID_DAY,
    /** Rows of the day may still be committed: it can be closed later. */
    NOT_YET,
    /** The rows of closed days have changed. */
    CHANGED
  }

  private final Reason reason;

  CloseException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
