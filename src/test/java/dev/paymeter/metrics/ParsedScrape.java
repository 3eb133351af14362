package dev.paymeter.metrics;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;

/** The samples of a scrape, without zeros: values by labels by the name of the series. */
final class ParsedScrape {
  private final Map<String, Map<Map<String, String>, BigDecimal>> values = new HashMap<>();

  /** Adds a sample. The bound of a bucket is written as in PromQL: 1000, not 1000.0. */
  void add(String name, Map<String, String> labels, String value) {
    BigDecimal number = new BigDecimal(value).stripTrailingZeros();
    if (number.signum() != 0) {
      Map<String, String> unified = new HashMap<>(labels);
      unified.computeIfPresent("le", (le, bound) -> bound.replaceFirst("[.]0$", ""));
      values.computeIfAbsent(name, first -> new HashMap<>()).put(unified, number);
    }
  }

  Map<Map<String, String>, BigDecimal> values(String name) {
    return values.getOrDefault(name, Map.of());
  }
}
