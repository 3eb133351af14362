package dev.paymeter.metrics.alerts;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Description of an alert: a template of Prometheus, in those parts of its language that the rules
 * use. Very large and small numbers have no exponent.
 */
final class AlertText {
  /** The value of another query. */
  private static final Pattern QUERY =
      Pattern.compile(
          "\\{\\{ with printf \"([^\"]*)\"((?: \\$labels\\.\\w+)+) \\| query -}}\\s*"
              + "\\{\\{ \\. \\| first \\| value \\| printf \"(%[^\"]+)\" }}\\{\\{ end }}");

  private static final Pattern LABEL = Pattern.compile("\\{\\{ \\$labels\\.(\\w+) }}");
  private static final Pattern LABEL_NAME = Pattern.compile("\\$labels\\.(\\w+)");
  private static final Pattern PRINTED = Pattern.compile("\\{\\{ printf \"(%[^\"]+)\" \\$value }}");
  private static final Pattern CONVERTED = Pattern.compile("\\{\\{ \\$value \\| (\\w+) }}");
  private static final Pattern FORMAT = Pattern.compile("%\\.([0-9]+)([fg])");
  private static final String UNKNOWN = "?";
  private static final String THIS_INSTANCE = "this instance";

  private static final long DAY_SECONDS = 86_400;
  private static final long HOUR_SECONDS = 3600;
  private static final long MINUTE_SECONDS = 60;

  private final String template;

  /**
   * @throws UnsupportedQueryException if the template has another part of the language
   */
  AlertText(String template) {
    this.template = template;
    String text = fill(found -> print(found.group(3), 0), name -> "", 0);
    if (text.contains("{{")) {
      throw new UnsupportedQueryException("a part of the description is not supported");
    }
  }

  /**
   * Replaces all parts of the template.
   *
   * @param label returns the value of a label
   */
  private String fill(
      Function<MatchResult, String> query, UnaryOperator<String> label, double value) {
    String text = replace(template, QUERY, query);
    text = replace(text, LABEL, found -> label.apply(found.group(1)));
    text = replace(text, PRINTED, found -> print(found.group(1), value));
    return replace(text, CONVERTED, found -> convert(found.group(1), value));
  }

  /** Returns the queries in the template, with empty labels. */
  List<Query> queries() {
    return QUERY
        .matcher(template)
        .results()
        .map(found -> QueryParser.parse(query(found, LabelSet.EMPTY)))
        .toList();
  }

  /** Returns the text for a result of the alert's query. */
  String write(Sample sample, Evaluation evaluation) {
    String text =
        fill(
            found -> value(QueryParser.parse(query(found, sample.labels())), found, evaluation),
            name -> label(name, sample.labels()),
            sample.value());
    return text.startsWith(THIS_INSTANCE) ? "T" + text.substring(1) : text;
  }

  /** Prometheus adds the label instance; the series of this instance do not have it. */
  private static String label(String name, LabelSet labels) {
    String value = labels.get(name);
    return value.isEmpty() && name.equals("instance") ? THIS_INSTANCE : value;
  }

  private static String replace(
      String text, Pattern pattern, Function<MatchResult, String> replacement) {
    return pattern
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(replacement.apply(found)));
  }

  private static String query(MatchResult found, LabelSet labels) {
    List<String> arguments = new ArrayList<>();
    Matcher names = LABEL_NAME.matcher(found.group(2));
    while (names.find()) {
      arguments.add(labels.get(names.group(1)).replace("\\", "\\\\").replace("'", "\\'"));
    }
    return String.format(Locale.ROOT, found.group(1), arguments.toArray());
  }

  private static String value(Query query, MatchResult found, Evaluation evaluation) {
    return query.evaluate(evaluation).stream()
        .findFirst()
        .map(sample -> print(found.group(3), sample.value()))
        .orElse(UNKNOWN);
  }

  private static String print(String format, double value) {
    Matcher parts = FORMAT.matcher(format);
    if (!parts.matches()) {
      throw new UnsupportedQueryException("format " + format);
    }
    return number(value, Integer.parseInt(parts.group(1)), parts.group(2).equals("g"));
  }

  /**
   * @param isSignificant true if the digits are significant ones, false if they are decimals
   */
  private static String number(double value, int digits, boolean isSignificant) {
    if (!Double.isFinite(value)) {
      return UNKNOWN;
    }
    BigDecimal exact = new BigDecimal(value);
    return isSignificant
        ? exact
            .round(new MathContext(digits, RoundingMode.HALF_EVEN))
            .stripTrailingZeros()
            .toPlainString()
        : exact.setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
  }

  private static String convert(String function, double value) {
    return switch (function) {
      case "humanizePercentage" -> number(100 * value, 4, true) + "%";
      case "humanizeDuration" -> duration(value);
      default -> throw new UnsupportedQueryException("function " + function);
    };
  }

  private static String duration(double value) {
    long seconds = (long) value;
    if (seconds < MINUTE_SECONDS) {
      return number(value, 4, true) + "s";
    }
    StringBuilder text = new StringBuilder();
    if (seconds >= DAY_SECONDS) {
      text.append(seconds / DAY_SECONDS).append("d ");
    }
    if (seconds >= HOUR_SECONDS) {
      text.append(seconds % DAY_SECONDS / HOUR_SECONDS).append("h ");
    }
    text.append(seconds % HOUR_SECONDS / MINUTE_SECONDS).append("m ");
    return text.append(seconds % MINUTE_SECONDS).append('s').toString();
  }
}
