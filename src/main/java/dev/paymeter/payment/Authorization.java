package dev.paymeter.payment;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The authorization of a payment: the gateway holds its amount until all or part is captured, once,
 * or it is voided.
 *
 * @param amount the authorized amount, to which the payment's amount is equal until the capture
 * @param reference the gateway's identifier of the authorization
 * @param duration from accepting the order to the gateway's response, to the microsecond
 * @param expiresAt when it ends, to the microsecond
 * @param step what is to be done with it; null if nothing is, or it is done
 * @param voided why it ended without a capture; null if it did not
 */
public record Authorization(
    Money amount,
    String reference,
    Duration duration,
    Instant expiresAt,
    @Nullable Step step,
    @Nullable VoidReason voided) {
  /** The business event that is counted for a void. */
  public static final String VOID_EVENT = "void";

  /** A capture, or a void. */
  public enum Kind implements Labeled {
    CAPTURE,
    VOID;

    /**
     * Returns the kind with this label.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Kind of(String label) {
      return valueOf(label.toUpperCase(Locale.ROOT));
    }
  }

  /**
   * A step that was committed before the gateway is called.
   *
   * @param id identifies it, at the gateway, too
   * @param amount the amount to capture; for a void, the authorized amount
   * @param reason of a void; null for a capture
   * @param isRejected whether it was not carried out and never will be, so that the payment is
   *     authorized again; the ledger does not keep such a step
   */
  public record Step(
      UUID id, Kind kind, Money amount, @Nullable VoidReason reason, boolean isRejected) {
    static Step capture(UUID id, Money amount) {
      return new Step(id, Kind.CAPTURE, amount, null, false);
    }

    static Step cancel(UUID id, Money amount, VoidReason reason) {
      return new Step(id, Kind.VOID, amount, reason, false);
    }

    public boolean isCapture() {
      return kind == Kind.CAPTURE;
    }

    Step rejected() {
      return new Step(id, kind, amount, reason, true);
    }
  }

  /** Returns whether a capture or void is to be carried out. */
  public boolean hasOpenStep() {
    return step != null && !step.isRejected();
  }

  /** Returns this authorization with a step, or without one. */
  Authorization with(@Nullable Step other) {
    return new Authorization(amount, reference, duration, expiresAt, other, null);
  }

  /** Returns this authorization with another duration. */
  Authorization withDuration(Duration other) {
    return new Authorization(amount, reference, other, expiresAt, step, voided);
  }

  Authorization endedBy(VoidReason reason) {
    return new Authorization(amount, reference, duration, expiresAt, null, reason);
  }
}
