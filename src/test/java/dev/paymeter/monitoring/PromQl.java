package dev.paymeter.monitoring;

import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The metrics in a query, found without evaluating it. */
public final class PromQl {
  /** Words with an underscore or a colon are metrics, not functions or durations. */
  private static final Pattern METRIC = Pattern.compile("[a-z]\\w*[_:][\\w:]+\\b(?! ?\\()");

  private PromQl() {}

  /** Returns the names of the metrics, except for {@code up} and {@code ALERTS}. */
  public static Set<String> metrics(String query) {
    String names = query.replaceAll("\\{[^}]*}|\\[[^]]*]|\\b(by|ignoring|without) \\([^)]*\\)", "");
    return METRIC.matcher(names).results().map(MatchResult::group).collect(Collectors.toSet());
  }
}
