package dev.paymeter.metrics.dashboard;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Samples of the last hours in bounded memory: the older, the fewer. Each range keeps at most one
 * sample per step. A value that covers the last minutes loses little: a skipped sample has almost
 * the same. Written by one thread at a time, read by any.
 */
public final class SampleHistory {
  private final Map<Range, Deque<DashboardSampler.Point>> points = new EnumMap<>(Range.class);
  private volatile Map<Range, List<DashboardSampler.Point>> published = new EnumMap<>(Range.class);

  /** A time of which samples are kept, at most {@link #SAMPLES} and the oldest. */
  public enum Range {
    MINUTES_15("15m", Duration.ofMinutes(15)),
    HOUR("1h", Duration.ofHours(1)),
    HOURS_6("6h", Duration.ofHours(6));

    public static final int SAMPLES = 180;

    private final String label;
    private final Duration length;

    Range(String label, Duration length) {
      this.label = label;
      this.length = length;
    }

    public String label() {
      return label;
    }

    Duration length() {
      return length;
    }

    Duration step() {
      return length.dividedBy(SAMPLES);
    }
  }

  /** Adds a sample, and removes what is too old or, after the clock was set back, in the future. */
  void add(DashboardSampler.Point point) {
    Map<Range, List<DashboardSampler.Point>> next = new EnumMap<>(Range.class);
    for (Range range : Range.values()) {
      next.put(range, add(range, point));
    }
    published = next;
  }

  private List<DashboardSampler.Point> add(Range range, DashboardSampler.Point point) {
    Deque<DashboardSampler.Point> kept = points.computeIfAbsent(range, key -> new ArrayDeque<>());
    Instant oldest = point.at().minus(range.length());
    kept.removeIf(past -> past.at().isBefore(oldest) || !past.at().isBefore(point.at()));
    if (kept.isEmpty() || !point.at().isBefore(kept.getLast().at().plus(range.step()))) {
      kept.addLast(point);
    }
    return List.copyOf(kept);
  }

  /** Returns the samples of a range, oldest first. Thread-safe. */
  List<DashboardSampler.Point> points(Range range) {
    return published.getOrDefault(range, List.of());
  }
}
