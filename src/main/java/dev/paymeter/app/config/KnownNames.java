package dev.paymeter.app.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Names that are accepted, and the one that a mistyped name probably means. */
public record KnownNames(Collection<String> names) {
  private static final int MAX_EDITS = 2;

  /** Returns the known name that differs least, in at most two characters. */
  public Optional<String> nearest(String mistyped) {
    return names.stream()
        .filter(name -> edits(name, mistyped) <= MAX_EDITS)
        .min(Comparator.comparing(name -> edits(name, mistyped)));
  }

  /**
   * Returns the number of characters to insert, delete, replace or swap with their neighbour
   * (optimal string alignment).
   */
  static int edits(String from, String to) {
    int[][] edits = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int j = 0; j <= to.length(); j++) {
        edits[i][j] = i == 0 || j == 0 ? i + j : edits(edits, from, i, to, j);
      }
    }
    return edits[from.length()][to.length()];
  }

  private static int edits(int[][] shorter, String from, int i, String to, int j) {
    int replaced = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
    int least =
        Math.min(
            Math.min(shorter[i - 1][j], shorter[i][j - 1]) + 1, shorter[i - 1][j - 1] + replaced);
    boolean isSwap =
        i > 1
            && j > 1
            && from.charAt(i - 1) == to.charAt(j - 2)
            && from.charAt(i - 2) == to.charAt(j - 1);
    return isSwap ? Math.min(least, shorter[i - 2][j - 2] + 1) : least;
  }
}
