package dev.paymeter.metrics.audited;

import dev.paymeter.audit.Missing;
import dev.paymeter.metrics.dashboard.PaymentComparison;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Layout of the audited series in arrays of totals. Totals are whole numbers, so that sums are
 * exact. A counter has one cell; a histogram has a cell for each bucket (not cumulative, the
 * infinite one last) and one for its sum in whole units. Totals may be shorter than the layout:
 * missing cells are zero. Not thread-safe.
 */
public final class SeriesLayout {
  private final Map<Series, CellRange> ranges = new LinkedHashMap<>();
  private int length;

  record Series(String family, Labels labels) {}

  /**
   * Cells of a series.
   *
   * @param unitsPerBaseUnit scale of a histogram's sum; 0 for a counter
   */
  private record CellRange(int offset, int width, long unitsPerBaseUnit) {}

  /** Adds the cell of a counter and returns its index. */
  int addCounter(Series series) {
    return add(series, 1, 0);
  }

  /** Adds the cells of a histogram and returns the index of the first one. */
  int addHistogram(Series series, HistogramSeries.Scale scale) {
    return add(series, scale.buckets() + 1, scale.unitsPerBaseUnit());
  }

  private int add(Series series, int width, long unitsPerOne) {
    ranges.put(series, new CellRange(length, width, unitsPerOne));
    length += width;
    return length - width;
  }

  int length() {
    return length;
  }

  static void add(long[] to, long[] totals) {
    for (int i = 0; i < totals.length; i++) {
      to[i] += totals[i];
    }
  }

  public static long[] subtract(long[] one, long[] other) {
    long[] difference = Arrays.copyOf(one, Math.max(one.length, other.length));
    for (int i = 0; i < other.length; i++) {
      difference[i] -= other[i];
    }
    return difference;
  }

  long[] sum(Iterable<long[]> addends) {
    long[] sum = new long[length];
    addends.forEach(totals -> add(sum, totals));
    return sum;
  }

  /** Returns the sum of the absolute differences between two arrays of totals, by family. */
  Map<String, Long> difference(long[] one, long[] other) {
    long[] a = Arrays.copyOf(one, length);
    long[] b = Arrays.copyOf(other, length);
    Map<String, Long> byFamily = new TreeMap<>();
    ranges.forEach(
        (series, cellRange) -> {
          long sum = 0;
          for (int i = cellRange.offset(); i < cellRange.offset() + cellRange.width(); i++) {
            sum += Math.abs(a[i] - b[i]);
          }
          byFamily.merge(series.family(), sum, Long::sum);
        });
    return byFamily;
  }

  /** Returns the counts by which totals are lower than other ones, by series. */
  List<Missing.Series> missing(long[] totals, long[] other) {
    long[] found = Arrays.copyOf(totals, length);
    long[] expected = Arrays.copyOf(other, length);
    List<Missing.Series> missing = new ArrayList<>();
    ranges.forEach(
        (series, range) -> {
          long count = 0;
          int counts = range.width() == 1 ? 1 : range.width() - 1;
          for (int i = range.offset(); i < range.offset() + counts; i++) {
            count += Math.max(0, expected[i] - found[i]);
          }
          int last = range.offset() + range.width() - 1;
          long sum = counts == range.width() ? 0 : Math.max(0, expected[last] - found[last]);
          if (count != 0 || sum != 0) {
            missing.add(new Missing.Series(series.family(), labels(series), count, sum));
          }
        });
    return missing;
  }

  /** Returns the series in the order of their cells. */
  List<Series> series() {
    return List.copyOf(ranges.keySet());
  }

  static Map<String, String> labels(Series series) {
    Map<String, String> labels = new TreeMap<>();
    series.labels().stream().forEach(label -> labels.put(label.getName(), label.getValue()));
    return labels;
  }

  /** Returns the number and the amount of the payments in totals. */
  PaymentComparison.Sum payments(long[] totals) {
    long count = 0;
    long cents = 0;
    for (Map.Entry<Series, CellRange> entry : ranges.entrySet()) {
      int last = entry.getValue().offset() + entry.getValue().width() - 1;
      if (last < totals.length) {
        switch (entry.getKey().family()) {
          case MetricNames.PAYMENT_REQUESTS -> count += totals[last];
          case MetricNames.PAYMENT_AMOUNT -> cents += totals[last];
          default -> {}
        }
      }
    }
    return new PaymentComparison.Sum(count, cents);
  }

  /** Returns the values of a snapshot as totals. */
  long[] read(MetricSnapshots snapshots) {
    long[] totals = new long[length];
    for (MetricSnapshot snapshot : snapshots) {
      String name = snapshot.getMetadata().getPrometheusName();
      if (snapshot instanceof CounterSnapshot counter) {
        for (CounterSnapshot.CounterDataPointSnapshot point : counter.getDataPoints()) {
          CellRange range = ranges.get(new Series(name + MetricNames.TOTAL, point.getLabels()));
          if (range != null) {
            totals[range.offset()] = Math.round(point.getValue());
          }
        }
      } else if (snapshot instanceof HistogramSnapshot histogram) {
        for (HistogramSnapshot.HistogramDataPointSnapshot point : histogram.getDataPoints()) {
          CellRange range = ranges.get(new Series(name, point.getLabels()));
          if (range != null) {
            read(point, range, totals);
          }
        }
      }
    }
    return totals;
  }

  private static void read(
      HistogramSnapshot.HistogramDataPointSnapshot point, CellRange range, long[] totals) {
    int sum = range.width() - 1;
    for (int i = 0; i < sum; i++) {
      totals[range.offset() + i] = point.getClassicBuckets().getCount(i);
    }
    totals[range.offset() + sum] = Math.round(point.getSum() * range.unitsPerBaseUnit());
  }

  /** Writes totals as JSON: by family a list of series, each with its labels and cells. */
  JsonObject write(long[] totals) {
    return write(ranges.entrySet(), totals);
  }

  /** Returns totals of now, which can be written later by any thread. */
  Supplier<JsonObject> toWrite(long[] totals) {
    List<Map.Entry<Series, CellRange>> now = List.copyOf(ranges.entrySet());
    return () -> write(now, totals);
  }

  private static JsonObject write(Iterable<Map.Entry<Series, CellRange>> ranges, long[] totals) {
    Map<String, Object> families = new LinkedHashMap<>();
    for (Map.Entry<Series, CellRange> entry : ranges) {
      CellRange cellRange = entry.getValue();
      JsonArray cells = new JsonArray();
      for (int i = cellRange.offset(); i < cellRange.offset() + cellRange.width(); i++) {
        cells.add(i < totals.length ? totals[i] : 0);
      }
      JsonObject labels = new JsonObject(new TreeMap<>(labels(entry.getKey())));
      ((JsonArray) families.computeIfAbsent(entry.getKey().family(), family -> new JsonArray()))
          .add(new JsonObject().put("labels", labels).put("cells", cells));
    }
    return new JsonObject(families);
  }
}
