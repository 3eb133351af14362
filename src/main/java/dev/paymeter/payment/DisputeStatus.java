package dev.paymeter.payment;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The state of a dispute, as the gateway has stated it, or of a reversal. */
public enum DisputeStatus implements Labeled {
  /** A warning by the payer's bank: no money is withdrawn, and the merchant should respond. */
  WARNING_NEEDS_RESPONSE,
  /** A warning to which the merchant has responded. */
  WARNING_UNDER_REVIEW,
  /** A warning that has ended without a dispute. */
  WARNING_CLOSED,
  /** The dispute was prevented before money was withdrawn. */
  PREVENTED,
  /** The money is withdrawn, and the merchant must respond. */
  NEEDS_RESPONSE,
  /** The money is withdrawn, and the payer's bank examines the response. */
  UNDER_REVIEW,
  /** The money was returned to the merchant. */
  WON,
  /** The money stays withdrawn. */
  LOST,
  /** The gateway has taken the money back, and there was nothing to respond to. */
  REVERSED;

  private static final Set<DisputeStatus> WARNINGS =
      EnumSet.of(WARNING_NEEDS_RESPONSE, WARNING_UNDER_REVIEW);
  private static final Set<DisputeStatus> ENDED_WARNINGS = EnumSet.of(WARNING_CLOSED, PREVENTED);
  private static final Set<DisputeStatus> OPEN = EnumSet.of(NEEDS_RESPONSE, UNDER_REVIEW);

  /**
   * Returns the states that can follow: the complete state machine. A warning can become a dispute,
   * even after it has ended. The bank can ask for more after a response. A lost dispute is won when
   * the money is returned later.
   */
  private Set<DisputeStatus> successors() {
    return switch (this) {
      case WARNING_NEEDS_RESPONSE, WARNING_UNDER_REVIEW ->
          EnumSet.complementOf(EnumSet.of(this, REVERSED));
      case WARNING_CLOSED -> EnumSet.of(NEEDS_RESPONSE, UNDER_REVIEW, WON, LOST);
      case NEEDS_RESPONSE -> EnumSet.of(UNDER_REVIEW, WON, LOST);
      case UNDER_REVIEW -> EnumSet.of(NEEDS_RESPONSE, WON, LOST);
      case LOST -> EnumSet.of(WON);
      case PREVENTED, WON, REVERSED -> EnumSet.noneOf(DisputeStatus.class);
    };
  }

  public boolean canBecome(DisputeStatus next) {
    return successors().contains(next);
  }

  /** Returns whether the dispute or warning has not ended. */
  public boolean isOpen() {
    return isWarning() || OPEN.contains(this);
  }

  /** Returns whether this is the state of a warning that has not ended. */
  public boolean isWarning() {
    return WARNINGS.contains(this);
  }

  /**
   * Returns the business events of a change to this state, in order. A state that was not seen is
   * made up for, so that at any time as many disputes were opened as are open, won and lost
   * together, and as many warnings were opened as are open and have ended.
   *
   * @param before null if the dispute is new
   */
  public List<DisputeEvent> eventsAfter(@Nullable DisputeStatus before) {
    if (isWarning()) {
      return before == null ? List.of(DisputeEvent.WARNING_OPENED) : List.of();
    }
    if (ENDED_WARNINGS.contains(this)) {
      return before == null
          ? List.of(DisputeEvent.WARNING_OPENED, DisputeEvent.WARNING_CLOSED)
          : List.of(DisputeEvent.WARNING_CLOSED);
    }
    if (this == REVERSED) {
      return List.of(DisputeEvent.REVERSAL);
    }
    if (before == LOST) {
      return List.of(DisputeEvent.DISPUTE_REINSTATED);
    }
    if (before != null && OPEN.contains(before)) {
      return OPEN.contains(this) ? List.of() : List.of(end());
    }
    List<DisputeEvent> opened =
        before != null && before.isWarning()
            ? List.of(DisputeEvent.WARNING_CLOSED, DisputeEvent.DISPUTE_OPENED)
            : List.of(DisputeEvent.DISPUTE_OPENED);
    return OPEN.contains(this) ? opened : Stream.concat(opened.stream(), Stream.of(end())).toList();
  }

  private DisputeEvent end() {
    return this == WON ? DisputeEvent.DISPUTE_WON : DisputeEvent.DISPUTE_LOST;
  }

  /**
   * Returns the status with this label.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static DisputeStatus of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
