package dev.paymeter.metrics.alerts;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Samples of series over some hours in bounded memory: the older, the fewer. At most {@link
 * #MAX_SERIES} series times about 260 moments times 8 bytes: 8.3 MB. A series that ended keeps its
 * place: label values are limited anyway. Not thread-safe.
 */
final class SeriesHistory {
  /** Maximum number of series. */
  static final int MAX_SERIES = 4000;

  /** Age up to which a current value is valid, like in Prometheus. */
  static final Duration LOOK_BACK = Duration.ofMinutes(5);

  /** No value: the series was not sampled. */
  static final double ABSENT = Double.longBitsToDouble(0x7ff8000000000001L);

  /** No value: the series has ended. */
  static final double STALE = Double.longBitsToDouble(0x7ff8000000000002L);

  private final List<Resolution> resolutions;

  /** Oldest first. */
  private final List<Snapshot> snapshots = new ArrayList<>();

  private final Map<LabelSet, Integer> places = new HashMap<>();
  private final Map<String, Map<LabelSet, Integer>> placesByName = new HashMap<>();
  private final Set<String> incomplete = new HashSet<>();

  /** Samples up to this age are kept, one in each interval. */
  record Resolution(Duration age, Duration interval) {}

  /** Values by place, at a time in milliseconds. */
  private record Snapshot(long at, double[] values) {
    double value(int place) {
      return place < values.length ? values[place] : ABSENT;
    }

    /** Returns true if the sample at this place was taken. */
    boolean has(int place) {
      return !is(ABSENT, value(place));
    }
  }

  /**
   * @param resolutions by age; each interval is a multiple of the previous one
   */
  SeriesHistory(List<Resolution> resolutions) {
    this.resolutions = resolutions;
  }

  /** Adds the values of one moment. Series that are missing have ended. */
  void add(Instant now, Map<LabelSet, Double> values) {
    values.keySet().forEach(this::place);
    double[] all = new double[places.size()];
    Arrays.fill(all, STALE);
    values.forEach(
        (labels, value) -> {
          Integer place = places.get(labels);
          if (place != null) {
            all[place] = value;
          }
        });
    // After the clock was set back, samples may be in the future.
    snapshots.removeIf(past -> past.at() >= now.toEpochMilli());
    snapshots.add(new Snapshot(now.toEpochMilli(), all));
    thin(now);
  }

  private void place(LabelSet labels) {
    String name = labels.get(LabelSet.NAME);
    if (places.containsKey(labels)) {
      return;
    }
    if (places.size() == MAX_SERIES) {
      incomplete.add(name);
      return;
    }
    int next = places.size();
    places.put(labels, next);
    placesByName.computeIfAbsent(name, key -> new LinkedHashMap<>()).put(labels, next);
  }

  /** Keeps the first sample of each interval. */
  private void thin(Instant now) {
    long[] previous = {Long.MIN_VALUE};
    snapshots.removeIf(
        snapshot -> {
          long interval = interval(now.toEpochMilli() - snapshot.at());
          if (interval == 0) {
            return true;
          }
          boolean isSame = snapshot.at() / interval == previous[0] / interval;
          previous[0] = snapshot.at();
          return isSame;
        });
  }

  /** Returns 0 for an age that is not kept. */
  private long interval(long age) {
    for (Resolution resolution : resolutions) {
      if (age <= resolution.age().toMillis()) {
        return resolution.interval().toMillis();
      }
    }
    return 0;
  }

  /** Returns the names of which not all series are kept. */
  Set<String> incomplete() {
    return incomplete;
  }

  /** Returns the latest value of each series at a moment. */
  List<Sample> valuesAt(Instant at, String name, Query.Selector selector) {
    long end = at.toEpochMilli();
    List<Sample> values = new ArrayList<>();
    places(name, selector)
        .forEach(
            (labels, place) -> {
              double value = latest(place, end);
              if (!is(STALE, value)) {
                values.add(new Sample(labels, value));
              }
            });
    return values;
  }

  private double latest(int place, long end) {
    for (int i = snapshots.size() - 1; i >= 0; i--) {
      Snapshot snapshot = snapshots.get(i);
      if (snapshot.at() <= end - LOOK_BACK.toMillis()) {
        break;
      }
      if (snapshot.at() <= end && snapshot.has(place)) {
        return snapshot.value(place);
      }
    }
    return STALE;
  }

  /** Returns a function's result for each series that has enough samples in a time. */
  List<Sample> resultsOver(
      Instant start, Instant end, String name, Query.Selector selector, RangeFunction function) {
    Map<LabelSet, Integer> selected = places(name, selector);
    if (selected.isEmpty()) {
      return List.of();
    }
    List<Snapshot> within = between(start.toEpochMilli(), end.toEpochMilli());
    Window window = new Window(start.toEpochMilli(), end.toEpochMilli(), within.size());
    List<Sample> results = new ArrayList<>();
    selected.forEach(
        (labels, place) -> {
          fill(window, within, place);
          if (window.size() >= function.minSamples()) {
            results.add(new Sample(labels.withoutName(), function.apply(window)));
          }
        });
    return results;
  }

  private List<Snapshot> between(long start, long end) {
    return snapshots.stream().filter(each -> each.at() > start && each.at() <= end).toList();
  }

  private static void fill(Window window, List<Snapshot> snapshots, int place) {
    window.clear();
    for (Snapshot snapshot : snapshots) {
      if (snapshot.has(place) && !is(STALE, snapshot.value(place))) {
        window.add(snapshot.at(), snapshot.value(place));
      }
    }
  }

  private Map<LabelSet, Integer> places(String name, Query.Selector selector) {
    Map<LabelSet, Integer> selected = new LinkedHashMap<>();
    placesByName
        .getOrDefault(name, Map.of())
        .forEach(
            (labels, place) -> {
              if (selector.matches(labels)) {
                selected.put(labels, place);
              }
            });
    return selected;
  }

  private static boolean is(double marker, double value) {
    return Double.doubleToRawLongBits(marker) == Double.doubleToRawLongBits(value);
  }
}
