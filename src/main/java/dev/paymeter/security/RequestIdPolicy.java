package dev.paymeter.security;

import java.util.regex.Pattern;

/** What a request may be called by its client: the name stands in every log line about it. */
public final class RequestIdPolicy {
  private static final Pattern DECENT = Pattern.compile("[A-Za-z0-9._~-]{1,64}");

  private RequestIdPolicy() {}

  /** Whether a name can forge no line, and gives no card number away. */
  public static boolean isDecent(String name) {
    return DECENT.matcher(name).matches() && !CardNumberDetector.isIn(name);
  }
}
