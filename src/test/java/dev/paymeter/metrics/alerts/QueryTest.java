package dev.paymeter.metrics.alerts;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The expected results are those of promtool 2.42 for the same series, one sample a minute. */
class QueryTest {
  private static final Map<String, String> SERIES =
      Map.of(
          "c_total{a=\"steady\"}", "10+6x20",
          "c_total{a=\"reset\"}", "0+7x4 3+5x20",
          "c_total{a=\"young\"}", "_x7 1+20x20",
          "c_total{a=\"gaps\"}", "5 _x3 45 _ 60 _x2 100 130 _x3",
          "c_total{a=\"ended\"}", "0+4x6 stale _x9",
          "g{a=\"x\", b=\"1\"}", "1 2 3 4 5 6 7 8 9 10 11",
          "g{a=\"x\", b=\"2\"}", "4x20",
          "g{a=\"y\", b=\"1\"}", "-1x20",
          "h{a=\"x\"}", "2x20");

  private final SeriesHistory history =
      new SeriesHistory(
          List.of(new SeriesHistory.Resolution(Duration.ofHours(1), Duration.ofMillis(1))));

  QueryTest() {
    for (int minute = 0; minute <= 10; minute++) {
      Map<LabelSet, Double> values = new HashMap<>();
      int index = minute;
      SERIES.forEach(
          (series, notation) -> {
            List<Double> all = RuleCase.values(notation);
            values.put(
                RuleCase.labels(series),
                index < all.size() ? all.get(index) : SeriesHistory.ABSENT);
          });
      history.add(at(minute * 60), values);
    }
  }

  private static Instant at(int seconds) {
    return Instant.EPOCH.plusSeconds(seconds);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "sum by (a) (g); {a=x} 15, {a=y} -1",
        "sum without (b) (g); {a=x} 15, {a=y} -1",
        "max(g); {} 11",
        "max(0 * g / (g - 4)); {} 0",
        "avg by (b) (g); {b=1} 5, {b=2} 4",
        "count by (a) (g); {a=x} 2, {a=y} 1",
        "g > 3; {__name__=g, a=x, b=1} 11, {__name__=g, a=x, b=2} 4",
        "2 * g / 4 - 1; {a=x, b=1} 4.5, {a=x, b=2} 1, {a=y, b=1} -1.5",
        "1 + 2 * 3 - g{a='y'} * 2; {a=y, b=1} 9",
        "g{b='1'} / ignoring (b) h; {a=x} 5.5",
        "g > on (a) group_left () h; {__name__=g, a=x, b=1} 11, {__name__=g, a=x, b=2} 4",
        "g{b='2'} > ignoring (b) h; {__name__=g, a=x} 4",
        "g and on (a) h; {__name__=g, a=x, b=1} 11, {__name__=g, a=x, b=2} 4",
        "g unless on (a) h; {__name__=g, a=y, b=1} -1",
        "h or g{a=~'y|'}; {__name__=g, a=y, b=1} -1, {__name__=h, a=x} 2",
        "{__name__=~'g|h', a!='y', b!~'2'}; {__name__=g, a=x, b=1} 11, {__name__=h, a=x} 2",
        "g{b='1'} offset 2m; {__name__=g, a=x, b=1} 9, {__name__=g, a=y, b=1} -1",
        "c_total{a='ended'}; ``",
      })
  void evaluate_atASample_isPrometheusResult(String query, String expected) {
    assertThat(evaluate(query, at(600))).isEqualTo(expected);
  }

  /** No sample is at the edge of a window, which Prometheus 2 includes and 3 does not. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "rate(c_total[5m]); {a=gaps} 0.291667, {a=reset} 0.083333, {a=steady} 0.1, {a=young} 0.236667",
        "increase(c_total[5m]); {a=gaps} 87.5, {a=reset} 25, {a=steady} 30, {a=young} 71",
        "increase(c_total{a='reset'}[8m] offset 1m); {a=reset} 42.285714",
        "avg_over_time(g[3m]); {a=x, b=1} 10, {a=x, b=2} 4, {a=y, b=1} -1",
      })
  void evaluate_betweenSamples_isPrometheusResult(String query, String expected) {
    assertThat(evaluate(query, at(630))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "g >",
        "(g",
        "g[5m]",
        "rate(g)",
        "rate(sum(g)[5m:1m])",
        "absent(g)",
        "time()",
        "g > bool 1",
        "1 > 2",
        "g and 1",
        "sum(g) by (a)",
        "{a='x'}",
        "{__name__=~'g.*'}",
        "g * on (a) group_left (c) h",
        "histogram_quantile(0.9, g)",
        "g @ 5",
      })
  void parse_outsideTheSupportedPart_isRejected(String query) {
    assertThatThrownBy(() -> QueryParser.parse(query))
        .isInstanceOf(UnsupportedQueryException.class)
        .hasMessageContaining(query);
  }

  @Test
  void evaluate_severalMatches_fails() {
    assertThatThrownBy(() -> evaluate("h + on (a) g", at(600)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("PLUS");
    assertThatThrownBy(() -> evaluate("g + on (a) h", at(600)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("PLUS");
  }

  @Test
  void valuesAt_seriesMissingFromASample_hasEnded() {
    history.add(at(660), Map.of(RuleCase.labels("h{a=\"x\"}"), 5.0));

    assertThat(evaluate("g", at(660))).isEmpty();
    assertThat(evaluate("h", at(660))).isEqualTo("{__name__=h, a=x} 5");
  }

  @Test
  void valuesAt_olderThanFiveMinutes_areNone() {
    assertThat(evaluate("h", at(899))).isEqualTo("{__name__=h, a=x} 2");
    assertThat(evaluate("h", at(900))).isEmpty();
  }

  @Test
  void add_moreSeriesThanTheMaximum_namesTheirMetric() {
    Map<LabelSet, Double> many = new HashMap<>();
    IntStream.range(0, SeriesHistory.MAX_SERIES)
        .forEach(i -> many.put(RuleCase.labels("many{i=\"" + i + "\"}"), 1.0));

    history.add(at(660), many);

    assertThat(history.incomplete()).containsExactly("many");
  }

  private String evaluate(String query, Instant now) {
    return QueryParser.parse(query).evaluate(new Evaluation(history, Map.of(), now)).stream()
        .map(
            sample ->
                sample.labels().values()
                    + " "
                    + String.format(Locale.ROOT, "%.6f", sample.value()).replaceAll("\\.?0+$", ""))
        .sorted()
        .collect(joining(", "));
  }
}
