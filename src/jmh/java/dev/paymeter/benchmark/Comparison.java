package dev.paymeter.benchmark;

import java.util.Arrays;
import java.util.Locale;

/**
 * A target and its measurements, one per round. The median is compared with the target; the range
 * shows the scatter.
 */
public final class Comparison {
  private final String what;
  private final String unit;
  private final double bar;
  private final boolean isFloor;
  private final boolean isRatio;
  private final String first;
  private final String second;
  private double[][] rounds = {};

  private Comparison(
      String what,
      String unit,
      double bar,
      boolean isFloor,
      boolean isRatio,
      String first,
      String second) {
    this.what = what;
    this.unit = unit;
    this.bar = bar;
    this.isFloor = isFloor;
    this.isRatio = isRatio;
    this.first = first;
    this.second = second;
  }

  /** Compares the ratio of the first figure to the second with a lower bound; NaN for no target. */
  public static Comparison atLeast(double bar, String what, String unit, String... names) {
    return of(bar, true, what, unit, names);
  }

  /**
   * Compares the ratio of the first figure to the second with an upper bound; NaN for no target.
   */
  public static Comparison ratioAtMost(double bar, String what, String unit, String... names) {
    return of(bar, false, what, unit, names);
  }

  private static Comparison of(
      double bar, boolean isFloor, String what, String unit, String... names) {
    return new Comparison(
        what,
        unit,
        bar,
        isFloor,
        true,
        names.length == 0 ? "theirs" : names[0],
        names.length == 0 ? "ours" : names[1]);
  }

  /** Compares a figure with an upper bound; NaN for no target. */
  public static Comparison atMost(double bar, String what, String unit) {
    return new Comparison(what, unit, bar, false, false, "ours", "");
  }

  /** Compares a figure with a lower bound; NaN for no target. */
  public static Comparison figureAtLeast(double bar, String what, String unit) {
    return new Comparison(what, unit, bar, true, false, "ours", "");
  }

  public void add(double... figures) {
    rounds = Arrays.copyOf(rounds, rounds.length + 1);
    rounds[rounds.length - 1] = figures;
  }

  private double[] sorted(int figure) {
    return Arrays.stream(rounds).mapToDouble(round -> round[figure]).sorted().toArray();
  }

  private double[] sortedRatios() {
    return Arrays.stream(rounds)
        .mapToDouble(round -> isRatio ? round[0] / round[1] : round[0])
        .sorted()
        .toArray();
  }

  private static double median(double[] sorted) {
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private boolean isMet() {
    double measured = median(sortedRatios());
    return isFloor ? measured >= bar : measured <= bar;
  }

  static String header() {
    return "| what | bar | median | range | figures | met |\n|---|---|---|---|---|---|";
  }

  /** Returns a row of a Markdown table. */
  String row() {
    double[] ratios = sortedRatios();
    String suffix = isRatio ? " ×" : " " + unit;
    String figures =
        isRatio
            ? "%s %s, %s %s %s"
                .formatted(
                    first, number(median(sorted(0))), second, number(median(sorted(1))), unit)
            : "";
    return "| %s | %s | %s%s | %s to %s | %s | %s |"
        .formatted(
            what,
            Double.isNaN(bar) ? "" : (isFloor ? "≥ " : "≤ ") + number(bar) + suffix,
            number(median(ratios)),
            suffix,
            number(ratios[0]),
            number(ratios[ratios.length - 1]),
            figures,
            Double.isNaN(bar) ? "" : isMet() ? "yes" : "**no**");
  }

  private static String number(double value) {
    double size = Math.abs(value);
    return String.format(
        Locale.ROOT,
        size >= 1000 ? "%,.0f" : size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.3f",
        value);
  }
}
