package dev.paymeter.metrics.alerts;

/** A function of the samples of one series within a time; NaN without a result. */
enum RangeFunction {
  AVG_OVER_TIME {
    @Override
    double apply(Window window) {
      double sum = 0;
      for (int i = 0; i < window.size(); i++) {
        sum += window.value(i);
      }
      return sum / window.size();
    }
  },
  INCREASE {
    @Override
    double apply(Window window) {
      return extrapolatedIncrease(window);
    }
  },
  MIN_OVER_TIME {
    @Override
    double apply(Window window) {
      double min = Double.NaN;
      for (int i = 0; i < window.size(); i++) {
        double value = window.value(i);
        if (value < min || Double.isNaN(min)) {
          min = value;
        }
      }
      return min;
    }
  },
  RATE {
    @Override
    double apply(Window window) {
      return extrapolatedIncrease(window) / seconds(window.end() - window.start());
    }
  };

  /** A sample further away from the window's edge than this many intervals was not its neighbor. */
  private static final double MAX_GAP = 1.1;

  abstract double apply(Window window);

  /** Returns the least number of samples with a result. */
  int minSamples() {
    return this == INCREASE || this == RATE ? 2 : 1;
  }

  /**
   * Returns the increase between the first and the last sample, extended to the edges of the window
   * as Prometheus does it: if a sample is missing at an edge, only by half an interval, and at the
   * beginning not beyond the moment at which the counter was 0.
   */
  private static double extrapolatedIncrease(Window window) {
    int last = window.size() - 1;
    double increase = increase(window);
    double sampled = seconds(window.time(last) - window.time(0));
    double interval = sampled / last;
    double toStart = gap(seconds(window.time(0) - window.start()), interval);
    if (increase > 0 && window.value(0) >= 0) {
      toStart = Math.min(toStart, sampled * (window.value(0) / increase));
    }
    double toEnd = gap(seconds(window.end() - window.time(last)), interval);
    return increase * ((sampled + toStart + toEnd) / sampled);
  }

  private static double gap(double toEdge, double interval) {
    return toEdge >= MAX_GAP * interval ? interval / 2 : toEdge;
  }

  /** Returns the increase; a counter that decreases was reset to 0. */
  private static double increase(Window window) {
    double increase = window.value(window.size() - 1) - window.value(0);
    for (int i = 1; i < window.size(); i++) {
      if (window.value(i) < window.value(i - 1)) {
        increase += window.value(i - 1);
      }
    }
    return increase;
  }

  private static double seconds(long millis) {
    return millis / 1000.0;
  }
}
