package dev.paymeter.metrics.proof;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reader of the text formats of Prometheus and OpenMetrics.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">Exposition
 *     formats</a>
 */
public final class ExpositionReader {
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]++|\\\\.)*+)\",?\\s*");

  /** A time and an exemplar may follow the value. */
  private static final Pattern LINE =
      Pattern.compile(
          "([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{((?:%s)*)})?\\s+(\\S+).*"
              .formatted(LABEL.pattern().replaceAll("\\((?!\\?)", "(?:")));

  private ExpositionReader() {}

  /**
   * Returns the samples of a scrape.
   *
   * @throws IllegalArgumentException if a line is none of the format; the message names it
   */
  public static List<Sample> read(String text) {
    List<Sample> samples = new ArrayList<>();
    int number = 0;
    for (String line : text.split("\n")) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      Matcher matcher = LINE.matcher(line.strip());
      if (!matcher.matches()) {
        throw invalid(number, line);
      }
      try {
        samples.add(
            new Sample(matcher.group(1), labels(matcher.group(2)), value(matcher.group(3))));
      } catch (NumberFormatException e) {
        throw invalid(number, line);
      }
    }
    return samples;
  }

  private static IllegalArgumentException invalid(int number, String line) {
    return new IllegalArgumentException(
        "line %d: expected a sample of Prometheus' text format, found %s".formatted(number, line));
  }

  private static Map<String, String> labels(String text) {
    Map<String, String> labels = new HashMap<>();
    if (text != null) {
      Matcher matcher = LABEL.matcher(text);
      while (matcher.find()) {
        labels.put(matcher.group(1), unescape(matcher.group(2)));
      }
    }
    return labels;
  }

  private static String unescape(String text) {
    return Pattern.compile("\\\\(.)")
        .matcher(text)
        .replaceAll(escape -> Matcher.quoteReplacement(escape.group(1).replace("n", "\n")));
  }

  /** Parses a value as Go writes it. */
  public static double value(String text) {
    return switch (text) {
      case "+Inf", "Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }
}
