package dev.paymeter.metrics.alerts;

import java.time.Duration;
import java.util.regex.Pattern;

/** Durations in the rules and in the configuration of Alertmanager. */
public final class PrometheusDurations {
  /** A duration such as {@code 1h30m}. */
  public static final Pattern PATTERN = QueryParser.DURATION;

  private PrometheusDurations() {}

  /** Parses a duration such as {@code 1h30m}. */
  public static Duration parse(String text) {
    return QueryParser.duration(text);
  }
}
