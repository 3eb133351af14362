package dev.paymeter.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.metrics.registry.ExpositionRenderer;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A snapshot, parsed from the text format.
 *
 * @param types types of the families, by name
 * @param samples values by name and labels, as written
 */
public record PipelineScrape(Map<String, String> types, Map<String, Double> samples) {
  private static final String TYPE = "# TYPE ";

  public static PipelineScrape of(MetricSnapshots snapshots) {
    try {
      return parse(
          ExpositionRenderer.render(snapshots, ExpositionFormat.TEXT, false).toString(UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static PipelineScrape parse(String text) {
    Map<String, String> types = new LinkedHashMap<>();
    Map<String, Double> samples = new LinkedHashMap<>();
    text.lines()
        .forEach(
            line -> {
              int value = line.lastIndexOf(' ') + 1;
              if (line.startsWith(TYPE)) {
                types.put(line.substring(TYPE.length(), value - 1), line.substring(value));
              } else if (!line.startsWith("#") && value > 0) {
                samples.put(line.substring(0, value - 1), Double.valueOf(line.substring(value)));
              }
            });
    return new PipelineScrape(types, samples);
  }

  /** Returns the series with a name (the part before the labels). */
  public List<String> series(String name) {
    String labelled = name + '{';
    return samples.keySet().stream()
        .filter(series -> series.startsWith(labelled) || series.equals(name))
        .toList();
  }

  /** Returns the sum over all series with a name. */
  public double total(String name) {
    return series(name).stream().mapToDouble(samples::get).sum();
  }

  public double value(String series) {
    Double value = samples.get(series);
    if (value == null) {
      throw new AssertionError("no " + series + " in " + samples.keySet());
    }
    return value;
  }
}
