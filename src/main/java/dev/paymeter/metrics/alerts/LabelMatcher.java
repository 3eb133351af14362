package dev.paymeter.metrics.alerts;

import java.util.function.Predicate;
import java.util.regex.Pattern;

/** A condition on a label of a selector. */
record LabelMatcher(String label, Predicate<String> condition) {

  /**
   * @param operator one of PromQL's four
   */
  static LabelMatcher of(String label, String operator, String value) {
    return switch (operator) {
      case "=" -> new LabelMatcher(label, value::equals);
      case "!=" -> new LabelMatcher(label, found -> !value.equals(found));
      case "=~" -> new LabelMatcher(label, Pattern.compile(value).asMatchPredicate());
      case "!~" -> new LabelMatcher(label, Pattern.compile(value).asMatchPredicate().negate());
      default -> throw new UnsupportedQueryException("operator " + operator + " of a label");
    };
  }

  boolean matches(LabelSet labels) {
    return condition.test(labels.get(label));
  }
}
