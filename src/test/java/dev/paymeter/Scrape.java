package dev.paymeter;

import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A scrape in Prometheus text format, as far as tests ask about it. */
record Scrape(String text) {
  private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)})? (\\S+)");

  /**
   * The sum of a family's samples that have all these labels, each written {@code name="value"}.
   */
  BigDecimal sum(String family, String... labels) {
    return text.lines()
        .map(SAMPLE::matcher)
        .filter(Matcher::matches)
        .filter(sample -> sample.group(1).equals(family))
        .filter(sample -> labels.length == 0 || has(sample.group(2), labels))
        .map(sample -> new BigDecimal(sample.group(3)))
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private static boolean has(String found, String... wanted) {
    return Set.of(found.split(",")).containsAll(List.of(wanted));
  }
}
