package dev.paymeter.metrics.alerts;

import dev.paymeter.metrics.alerts.Operation.Matching;
import dev.paymeter.metrics.alerts.Query.Aggregation;
import dev.paymeter.metrics.alerts.Query.RangeCall;
import dev.paymeter.metrics.alerts.Query.Scalar;
import dev.paymeter.metrics.alerts.Query.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parser of the part of PromQL that the rules use. A query outside of it is rejected.
 *
 * @see <a href="https://prometheus.io/docs/prometheus/latest/querying/basics/">PromQL</a>
 */
final class QueryParser {
  /** A duration such as {@code 1h30m}. */
  static final Pattern DURATION = Pattern.compile("(?:[0-9]+(?:ms|[smhdwy]))+");

  private static final Pattern TOKEN =
      Pattern.compile(
          """
          \\s*(?:
          (?<duration>%s)(?![0-9a-zA-Z_.])
          |(?<number>[0-9]+(?:\\.[0-9]+)?)(?![0-9a-zA-Z_.])
          |(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
          |(?<string>"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*')
          |(?<symbol>=~|!~|!=|==|>=|<=|[-+*/<>=(){}\\[\\],])
          )"""
              .formatted(DURATION),
          Pattern.COMMENTS);

  private static final Pattern DURATION_PART = Pattern.compile("([0-9]+)(ms|[smhdwy])");

  private static final Map<String, Duration> UNITS =
      Map.of(
          "ms", Duration.ofMillis(1),
          "s", Duration.ofSeconds(1),
          "m", Duration.ofMinutes(1),
          "h", Duration.ofHours(1),
          "d", Duration.ofDays(1),
          "w", Duration.ofDays(7),
          "y", Duration.ofDays(365));

  /** A regular expression that consists of alternative names. */
  private static final Pattern NAMES = Pattern.compile("[a-zA-Z0-9_:|]+");

  private static final Token END = new Token("end", "");

  private final String query;
  private final List<Token> tokens = new ArrayList<>();
  private int next;

  private record Token(String kind, String text) {}

  private QueryParser(String query) {
    this.query = query;
  }

  static Query parse(String query) {
    QueryParser parser = new QueryParser(query);
    parser.tokenize();
    Query parsed = parser.operations(0);
    parser.require(parser.peek() == END, "the end");
    return parsed;
  }

  /**
   * Parses a duration such as {@code 1h30m}.
   *
   * @throws UnsupportedQueryException if the text is none
   */
  static Duration duration(String text) {
    if (!DURATION.matcher(text).matches()) {
      throw new UnsupportedQueryException("expected a duration such as 1h30m, found " + text);
    }
    Duration sum = Duration.ZERO;
    Matcher parts = DURATION_PART.matcher(text);
    while (parts.find()) {
      Duration unit = UNITS.getOrDefault(parts.group(2), Duration.ZERO);
      sum = sum.plus(unit.multipliedBy(Long.parseLong(parts.group(1))));
    }
    return sum;
  }

  private void tokenize() {
    Matcher matcher = TOKEN.matcher(query.strip());
    int end = 0;
    while (matcher.find() && matcher.start() == end) {
      end = matcher.end();
      tokens.add(token(matcher));
    }
    require(end == query.strip().length(), "another character at position " + end);
  }

  private static Token token(Matcher matcher) {
    for (String kind : List.of("duration", "number", "name", "string")) {
      if (matcher.group(kind) != null) {
        return new Token(kind, matcher.group(kind));
      }
    }
    return new Token("symbol", matcher.group("symbol"));
  }

  private Query operations(int level) {
    if (level == Operator.LEVELS) {
      return operand();
    }
    Query left = operations(level + 1);
    Optional<Operator> operator = Operator.of(peek().text(), level);
    while (operator.isPresent()) {
      next++;
      Matching matching = matching();
      left = operation(operator.get(), matching, left, operations(level + 1));
      operator = Operator.of(peek().text(), level);
    }
    return left;
  }

  private Query operation(Operator operator, Matching matching, Query left, Query right) {
    if (left instanceof Scalar one && right instanceof Scalar other) {
      require(operator.isArithmetic(), "a series to compare with a number");
      return new Scalar(operator.apply(one.value(), other.value()));
    }
    boolean isSetOperator = !operator.isArithmetic() && !operator.isComparison();
    boolean hasScalar = left instanceof Scalar || right instanceof Scalar;
    require(!(isSetOperator && hasScalar), "series on both sides");
    return new Operation(operator, matching, left, right);
  }

  private Matching matching() {
    if (accept("bool")) {
      throw unsupported("bool");
    }
    boolean isOn = accept("on");
    if (!isOn && !accept("ignoring")) {
      return Matching.DEFAULT;
    }
    Set<String> labels = labels();
    boolean isManyToOne = accept("group_left");
    if (isManyToOne) {
      require(peek().text().equals("(") && labels().isEmpty(), "group_left without labels");
    }
    return new Matching(isOn, labels, isManyToOne);
  }

  private Set<String> labels() {
    Set<String> labels = new LinkedHashSet<>();
    expect("(");
    while (!accept(")")) {
      labels.add(take("name"));
      accept(",");
    }
    return labels;
  }

  private Query operand() {
    if (accept("(")) {
      Query inner = operations(0);
      expect(")");
      return inner;
    }
    if (peek().kind().equals("number")) {
      return new Scalar(Double.parseDouble(take("number")));
    }
    return peek().text().equals("{") ? selector("") : named();
  }

  private Query named() {
    String name = take("name");
    Optional<RangeFunction> function = constant(RangeFunction.values(), name);
    if (function.isPresent()) {
      return call(function.get());
    }
    Optional<Aggregation.Function> aggregation = constant(Aggregation.Function.values(), name);
    if (aggregation.isPresent()) {
      return aggregation(aggregation.get());
    }
    if (peek().text().equals("(")) {
      throw unsupported("function " + name);
    }
    return selector(name);
  }

  private static <E extends Enum<E>> Optional<E> constant(E[] constants, String name) {
    return Arrays.stream(constants)
        .filter(constant -> constant.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst();
  }

  private Query call(RangeFunction function) {
    expect("(");
    String name = peek().kind().equals("name") ? take("name") : "";
    List<LabelMatcher> matchers = new ArrayList<>();
    Set<String> names = names(name, matchers);
    expect("[");
    Duration range = duration(take("duration"));
    expect("]");
    Selector selector = new Selector(names, matchers, offset());
    expect(")");
    return new RangeCall(function, selector, range);
  }

  private Query aggregation(Aggregation.Function function) {
    boolean isWithout = accept("without");
    Set<String> labels = isWithout || accept("by") ? labels() : Set.of();
    expect("(");
    Query of = operations(0);
    expect(")");
    require(!peek().text().equals("by") && !peek().text().equals("without"), "by before the query");
    return new Aggregation(function, isWithout, labels, of);
  }

  private Selector selector(String name) {
    List<LabelMatcher> matchers = new ArrayList<>();
    Set<String> names = names(name, matchers);
    if (peek().text().equals("[")) {
      throw unsupported("samples of a time without a function");
    }
    return new Selector(names, matchers, offset());
  }

  /** Reads the braces, if there are any; returns the names of the metrics. */
  private Set<String> names(String name, List<LabelMatcher> matchers) {
    Set<String> names = new LinkedHashSet<>();
    if (!name.isEmpty()) {
      names.add(name);
    }
    if (accept("{")) {
      while (!accept("}")) {
        String label = take("name");
        String operator = take("symbol");
        String value = unquote(take("string"));
        accept(",");
        if (label.equals(LabelSet.NAME)) {
          require(operator.equals("=~") && NAMES.matcher(value).matches(), "alternative names");
          names.addAll(List.of(value.split("\\|", -1)));
        } else {
          matchers.add(LabelMatcher.of(label, operator, value));
        }
      }
    }
    require(!names.isEmpty(), "the name of a metric");
    return names;
  }

  private Duration offset() {
    return accept("offset") ? duration(take("duration")) : Duration.ZERO;
  }

  private static String unquote(String string) {
    return string.substring(1, string.length() - 1).replaceAll("\\\\(.)", "$1");
  }

  private Token peek() {
    return next < tokens.size() ? tokens.get(next) : END;
  }

  private boolean accept(String text) {
    boolean isNext = !peek().kind().equals("string") && peek().text().equals(text);
    next += isNext ? 1 : 0;
    return isNext;
  }

  private void expect(String text) {
    require(accept(text), text);
  }

  private String take(String kind) {
    require(peek().kind().equals(kind), "a " + kind);
    String text = peek().text();
    next++;
    return text;
  }

  private void require(boolean isMet, String expected) {
    if (!isMet) {
      throw unsupported("\"" + peek().text() + "\" where this instance expects " + expected);
    }
  }

  private UnsupportedQueryException unsupported(String found) {
    return new UnsupportedQueryException("query " + query + " has " + found);
  }
}
