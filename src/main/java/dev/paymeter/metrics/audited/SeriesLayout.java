package dev.paymeter.metrics.audited;

import dev.paymeter.metrics.registry.HistogramSeries;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The chart of accounts: which cells of a tally belong to which audited series. A tally is an array
 * of whole numbers that add up exactly. A counter has one cell; a histogram has one for each bucket
 * (not cumulative, the infinite one last) and one for its sum in whole units. Tallies may be
 * shorter than the chart: what they lack is zero. Not thread-safe.
 */
public final class SeriesLayout {
  private final Map<Series, Place> places = new LinkedHashMap<>();
  private int length;

  /** One series of one audited family. */
  record Series(String family, Labels labels) {}

  /**
   * Where a series' cells are.
   *
   * @param unitsPerOne of a histogram's sum; 0 for a counter
   */
  private record Place(int offset, int width, long unitsPerOne) {}

  /** Gives a counter its cell. */
  int addCounter(String family, Labels labels) {
    return add(new Series(family, labels), 1, 0);
  }

  /** Gives a histogram its cells, and returns the first one's place. */
  int addHistogram(String family, Labels labels, HistogramSeries.Scale scale) {
    return add(new Series(family, labels), scale.buckets() + 1, scale.unitsPerOne());
  }

  private int add(Series series, int width, long unitsPerOne) {
    places.put(series, new Place(length, width, unitsPerOne));
    length += width;
    return length - width;
  }

  /** How long a tally has to be to have all cells. */
  int length() {
    return length;
  }

  static void add(long[] to, long[] what) {
    for (int i = 0; i < what.length; i++) {
      to[i] += what[i];
    }
  }

  public static long[] minus(long[] one, long[] other) {
    long[] difference = Arrays.copyOf(one, Math.max(one.length, other.length));
    for (int i = 0; i < other.length; i++) {
      difference[i] -= other[i];
    }
    return difference;
  }

  public static boolean isAnything(long[] tally) {
    return Arrays.stream(tally).anyMatch(cell -> cell != 0);
  }

  long[] sum(Iterable<long[]> tallies) {
    long[] sum = new long[length];
    tallies.forEach(tally -> add(sum, tally));
    return sum;
  }

  /** By family, how far two tallies are apart: the sum of the absolute differences of all cells. */
  Map<String, Long> difference(long[] one, long[] other) {
    long[] a = Arrays.copyOf(one, length);
    long[] b = Arrays.copyOf(other, length);
    Map<String, Long> byFamily = new TreeMap<>();
    places.forEach(
        (series, place) -> {
          long distance = 0;
          for (int i = place.offset(); i < place.offset() + place.width(); i++) {
            distance += Math.abs(a[i] - b[i]);
          }
          byFamily.merge(series.family(), distance, Long::sum);
        });
    return byFamily;
  }

  /** What a scrape shows, as a tally. */
  long[] read(MetricSnapshots shown) {
    long[] tally = new long[length];
    for (MetricSnapshot snapshot : shown) {
      if (snapshot instanceof CounterSnapshot counter) {
        for (CounterSnapshot.CounterDataPointSnapshot point : counter.getDataPoints()) {
          Place place =
              place(counter.getMetadata().getPrometheusName() + "_total", point.getLabels());
          if (place != null) {
            tally[place.offset()] = Math.round(point.getValue());
          }
        }
      } else if (snapshot instanceof HistogramSnapshot histogram) {
        for (HistogramSnapshot.HistogramDataPointSnapshot point : histogram.getDataPoints()) {
          Place place = place(histogram.getMetadata().getPrometheusName(), point.getLabels());
          if (place != null) {
            read(point, place, tally);
          }
        }
      }
    }
    return tally;
  }

  private @Nullable Place place(String family, Labels labels) {
    return places.get(new Series(family, labels));
  }

  private static void read(
      HistogramSnapshot.HistogramDataPointSnapshot point, Place place, long[] tally) {
    int buckets = place.width() - 1;
    for (int i = 0; i < buckets; i++) {
      tally[place.offset() + i] = point.getClassicBuckets().getCount(i);
    }
    tally[place.offset() + buckets] = Math.round(point.getSum() * place.unitsPerOne());
  }

  /** A tally for keeping: by family a list of series, each with its labels and cells. */
  JsonObject write(long[] tally) {
    JsonObject json = new JsonObject();
    places.forEach(
        (series, place) -> {
          JsonArray cells = new JsonArray();
          for (int i = place.offset(); i < place.offset() + place.width(); i++) {
            cells.add(i < tally.length ? tally[i] : 0);
          }
          JsonObject labels = new JsonObject();
          series.labels().stream().forEach(label -> labels.put(label.getName(), label.getValue()));
          if (!json.containsKey(series.family())) {
            json.put(series.family(), new JsonArray());
          }
          json.getJsonArray(series.family())
              .add(new JsonObject().put("labels", labels).put("cells", cells));
        });
    return json;
  }
}
