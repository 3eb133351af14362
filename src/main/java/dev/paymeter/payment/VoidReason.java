package dev.paymeter.payment;

import java.util.Locale;

/** The reason for the end of an authorization that was not captured. */
public enum VoidReason implements Labeled {
  /** A client has requested it. */
  REQUESTED,
  /** The time of the authorization has passed. */
  EXPIRED,
  /** The gateway, or someone with access to it, has canceled the authorization. */
  CANCELED_BY_GATEWAY;

  /**
   * Returns the reason with this label.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static VoidReason of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
