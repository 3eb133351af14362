package dev.paymeter.security;

import java.util.regex.Pattern;

/** Policy for the request ids of clients, which are written to the log. */
public final class RequestIdPolicy {
  private static final Pattern VALID = Pattern.compile("[A-Za-z0-9._~-]{1,64}");

  private RequestIdPolicy() {}

  /** Returns true if an id cannot forge log lines and contains no card number. */
  public static boolean isValid(String id) {
    return VALID.matcher(id).matches() && !CardNumberDetector.containsCardNumber(id);
  }
}
