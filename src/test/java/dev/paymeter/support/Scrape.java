package dev.paymeter.support;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A scrape in Prometheus text format, as far as tests query it. */
public record Scrape(String text) {
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");
  private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)})? (\\S+)");

  /**
   * Returns the sum of the samples of a family that have all these labels, each as {@code
   * name="value"}.
   */
  public BigDecimal sum(String family, String... labels) {
    return samples(family)
        .filter(sample -> labels.length == 0 || has(sample.group(2), labels))
        .map(sample -> new BigDecimal(sample.group(3)))
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  /**
   * Returns the values of a series by labels, as {@link LedgerRows} returns them: without zeros.
   */
  public Map<Map<String, String>, BigDecimal> values(String name) {
    Map<Map<String, String>, BigDecimal> values = new HashMap<>();
    samples(name)
        .forEach(sample -> values.put(labels(sample.group(2)), new BigDecimal(sample.group(3))));
    values.values().removeIf(value -> value.signum() == 0);
    values.replaceAll((labels, value) -> value.stripTrailingZeros());
    return values;
  }

  private Stream<Matcher> samples(String name) {
    return text.lines()
        .filter(line -> line.startsWith(name)) // The expression would take ten times as long.
        .map(SAMPLE::matcher)
        .filter(Matcher::matches)
        .filter(sample -> sample.group(1).equals(name));
  }

  private static Map<String, String> labels(String text) {
    Map<String, String> labels = new HashMap<>();
    LABEL.matcher(text).results().forEach(label -> labels.put(label.group(1), label.group(2)));
    labels.computeIfPresent("le", (name, bound) -> bound.replaceFirst("[.]0$", ""));
    return labels;
  }

  private static boolean has(String actual, String... expected) {
    return Set.of(actual.split(",")).containsAll(List.of(expected));
  }
}
