package dev.paymeter.metrics.alerts;

import java.util.Map;

/** A selector of series, such as {@code payment_requests_total{status="success"}}. */
public final class SeriesSelector {
  private final Query.Selector selector;

  private SeriesSelector(Query.Selector selector) {
    this.selector = selector;
  }

  /**
   * Parses a selector in PromQL, without offset.
   *
   * @throws IllegalArgumentException if the text is none; the message states what was expected
   */
  public static SeriesSelector parse(String text) {
    try {
      if (QueryParser.parse(text) instanceof Query.Selector selector
          && selector.offset().isZero()) {
        return new SeriesSelector(selector);
      }
    } catch (UnsupportedQueryException e) {
      throw new IllegalArgumentException(expected(text) + ": " + e.getMessage(), e);
    }
    throw new IllegalArgumentException(expected(text));
  }

  /** Returns whether {@link #parse} accepts a text. */
  public static boolean isSelector(String text) {
    try {
      parse(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String expected(String text) {
    return "expected a selector such as payment_requests_total{status=\"success\"}, found " + text;
  }

  /** Returns whether a series has one of the names, and matching labels. */
  public boolean matches(String name, Map<String, String> labels) {
    return selector.names().contains(name) && selector.matches(LabelSet.of(labels));
  }
}
