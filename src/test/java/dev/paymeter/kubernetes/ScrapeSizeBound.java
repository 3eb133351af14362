package dev.paymeter.kubernetes;

import dev.paymeter.app.config.Settings;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The upper bound of a scrape's sample count, computed from an early scrape and the settings. */
final class ScrapeSizeBound {
  /** Labels with values from outside; the settings limit their number. */
  private static final Set<String> OPEN_LABELS =
      Set.of("service", "error_type", "event", "operation");

  /** Allowance for samples that appear later: routes, status codes, pools, more cores. */
  private static final long ALLOWANCE = 2000;

  private static final Pattern SAMPLE = Pattern.compile("(?m)^(\\w+)(?:\\{(.*)})? \\S+$");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  private final int valuesOfOpenLabels;
  private final Map<String, Map<String, Set<String>>> valuesByName = new HashMap<>();
  private final Map<String, Long> samplesByName = new HashMap<>();

  private ScrapeSizeBound(Settings settings) {
    valuesOfOpenLabels = settings.metrics().labelLimit() + 1; // "other" is included.
  }

  /**
   * Returns the bound.
   *
   * @param page an early scrape in text format, with all combinations of closed labels
   */
  static long samples(Settings settings, String page) {
    ScrapeSizeBound largest = new ScrapeSizeBound(settings);
    Matcher sample = SAMPLE.matcher(page);
    while (sample.find()) {
      largest.add(sample.group(1), sample.group(2) == null ? "" : sample.group(2));
    }
    return ALLOWANCE + largest.samplesByName.keySet().stream().mapToLong(largest::maxSamples).sum();
  }

  private void add(String name, String labels) {
    samplesByName.merge(name, 1L, Long::sum);
    Map<String, Set<String>> values = valuesByName.computeIfAbsent(name, any -> new HashMap<>());
    Matcher label = LABEL.matcher(labels);
    while (label.find()) {
      values.computeIfAbsent(label.group(1), any -> new HashSet<>()).add(label.group(2));
    }
  }

  private long maxSamples(String name) {
    Map<String, Set<String>> values = valuesByName.get(name);
    if (values.keySet().stream().noneMatch(OPEN_LABELS::contains)) {
      return samplesByName.get(name);
    }
    return values.entrySet().stream()
        .mapToLong(
            label ->
                OPEN_LABELS.contains(label.getKey()) ? valuesOfOpenLabels : label.getValue().size())
        .reduce(1, Math::multiplyExact);
  }
}
