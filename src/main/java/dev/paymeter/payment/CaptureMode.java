package dev.paymeter.payment;

import java.util.Arrays;
import java.util.List;

/** When the amount of a payment is captured. */
public enum CaptureMode implements Labeled {
  /** At once: the gateway charges. */
  AUTOMATIC,
  /** On request: until then, the gateway holds the amount. */
  MANUAL;

  public static final List<String> LABELS = Arrays.stream(values()).map(Labeled::label).toList();
}
