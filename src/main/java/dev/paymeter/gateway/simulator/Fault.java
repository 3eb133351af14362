package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.Labeled;
import java.util.Arrays;
import java.util.Optional;

/**
 * Faults of a simulated gateway and of the connection to it. In these descriptions, charges include
 * refunds.
 */
public enum Fault implements Labeled {
  /** The request is lost: the gateway does not receive it, and sends no response. */
  REQUEST_LOST,
  /** The gateway receives the request after the delay. */
  REQUEST_LATE,
  /** The connection is refused, for inquiries too: the request is not sent. */
  CONNECTION_REFUSED,
  /** The gateway charges, and the connection breaks before the response. */
  CONNECTION_BROKEN,
  /** The gateway charges, and the response is lost. */
  ANSWER_LOST,
  /** The gateway charges, and the response arrives after the delay. */
  ANSWER_LATE,
  /** The gateway charges, and the response arrives a second time after the delay. */
  ANSWER_TWICE,
  /** The response arrives after the next one, or after the delay if there is none. */
  ANSWERS_SWAPPED,
  /** Requests and inquiries are delayed, and half of them, at random, fail. */
  BROWN_OUT,
  /** The connection of an inquiry breaks before the response. */
  INQUIRY_BROKEN;

  public static Optional<Fault> of(String label) {
    return Arrays.stream(values()).filter(fault -> fault.label().equals(label)).findFirst();
  }

  boolean affectsCharges() {
    return this != INQUIRY_BROKEN;
  }

  boolean affectsInquiries() {
    return this == INQUIRY_BROKEN || this == BROWN_OUT || this == CONNECTION_REFUSED;
  }
}
