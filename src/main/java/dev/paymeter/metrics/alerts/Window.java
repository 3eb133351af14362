package dev.paymeter.metrics.alerts;

/** Samples of one series in the time after {@code start} up to {@code end}. Reused. */
final class Window {
  private final long start;
  private final long end;
  private final long[] times;
  private final double[] values;
  private int size;

  /**
   * @param start in milliseconds, like all times
   * @param capacity maximum number of samples
   */
  Window(long start, long end, int capacity) {
    this.start = start;
    this.end = end;
    this.times = new long[capacity];
    this.values = new double[capacity];
  }

  void clear() {
    size = 0;
  }

  void add(long time, double value) {
    times[size] = time;
    values[size] = value;
    size++;
  }

  long start() {
    return start;
  }

  long end() {
    return end;
  }

  int size() {
    return size;
  }

  long time(int index) {
    return times[index];
  }

  double value(int index) {
    return values[index];
  }
}
