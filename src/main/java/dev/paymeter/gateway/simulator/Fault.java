package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.Labeled;
import java.util.Arrays;
import java.util.Optional;

/**
 * How a simulated gateway, or the way to it, can misbehave. Each but the last two befalls requests
 * to charge and to refund; what is said of charging is true of both.
 */
public enum Fault implements Labeled {
  /** It never receives the request, and no answer comes. */
  REQUEST_LOST,
  /** It receives the request only after the delay. */
  REQUEST_LATE,
  /** Nobody listens, for inquiries as well: the request is not sent. */
  CONNECTION_REFUSED,
  /** It charges, and the connection breaks before the answer. */
  CONNECTION_BROKEN,
  /** It charges, and no answer comes. */
  ANSWER_LOST,
  /** It charges, and its answer is late by the delay. */
  ANSWER_LATE,
  /** It charges, and its answer comes again after the delay. */
  ANSWER_TWICE,
  /** Its answer comes only after the next one; where there is none, after the delay. */
  ANSWERS_SWAPPED,
  /** It is late by the delay, and every second request fails, inquiries as well. */
  BROWN_OUT,
  /** An inquiry gets no answer: its connection breaks. */
  INQUIRY_BROKEN;

  public static Optional<Fault> of(String label) {
    return Arrays.stream(values()).filter(fault -> fault.label().equals(label)).findFirst();
  }

  boolean befallsCharges() {
    return this != INQUIRY_BROKEN;
  }

  boolean befallsInquiries() {
    return this == INQUIRY_BROKEN || this == BROWN_OUT || this == CONNECTION_REFUSED;
  }
}
