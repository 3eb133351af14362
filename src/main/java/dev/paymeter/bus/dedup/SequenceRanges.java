package dev.paymeter.bus.dedup;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Accepted numbers of a publisher's session: all below {@code next}, except for the gaps. Only the
 * newest {@code MAX_GAPS} gaps are kept; numbers in older ones count as duplicates.
 *
 * @param begin the first number seen in the session; lower ones may arrive late, but do not count
 *     as missing
 * @param next one more than the highest accepted number
 * @param gaps in ascending order, disjoint and not empty
 */
public record SequenceRanges(long begin, long next, List<Gap> gaps) {
  static final int MAX_GAPS = 64;

  /** Separates {@code begin} from {@code next} in the text. */
  private static final String BEGIN_SEPARATOR = "/";

  /** Numbers from {@code from} (inclusive) to {@code to} (exclusive). */
  record Gap(long from, long to) {
    private long size() {
      return to - from;
    }
  }

  /**
   * Result of a claim.
   *
   * @param after the accepted numbers afterwards
   * @param ranges indexes of the accepted rows in ascending order, as pairs of first (inclusive)
   *     and last (exclusive)
   * @param missing count of numbers skipped before the claim
   * @param late count of accepted rows that were counted as missing before
   */
  @SuppressWarnings("ArrayRecordComponent") // Created here, read once.
  public record ClaimResult(SequenceRanges after, int[] ranges, long missing, long late) {
    public int rows() {
      int rows = 0;
      for (int i = 0; i < ranges.length; i += 2) {
        rows += ranges[i + 1] - ranges[i];
      }
      return rows;
    }
  }

  public SequenceRanges {
    gaps = List.copyOf(gaps);
  }

  /** Returns the ranges of a session of which only the first arrived number is known. */
  static SequenceRanges startingAt(long first) {
    List<Gap> gaps = new ArrayList<>();
    addUnlessEmpty(gaps, 0, first);
    return new SequenceRanges(first, first, gaps);
  }

  /** Accepts those of the numbers from {@code first} on that have not been accepted. */
  ClaimResult claim(long first, int rows) {
    long end = first + rows;
    List<Gap> left = new ArrayList<>();
    int[] ranges = new int[2 * (gaps.size() + 1)];
    int used = 0;
    long late = 0;
    for (Gap gap : gaps) {
      long from = Math.max(gap.from(), first);
      long to = Math.min(gap.to(), end);
      if (from >= to) {
        left.add(gap);
        continue;
      }
      addUnlessEmpty(left, gap.from(), from);
      addUnlessEmpty(left, to, gap.to());
      ranges[used++] = (int) (from - first);
      ranges[used++] = (int) (to - first);
      late += Math.max(0, to - Math.max(from, begin));
    }
    long missing = Math.max(0, first - next);
    addUnlessEmpty(left, next, first);
    if (end > next) {
      ranges[used++] = (int) (Math.max(first, next) - first);
      ranges[used++] = rows;
    }
    return new ClaimResult(
        new SequenceRanges(begin, Math.max(next, end), newest(left)),
        Arrays.copyOf(ranges, used),
        missing,
        late);
  }

  /** Returns the union of the accepted numbers of both. */
  SequenceRanges merge(SequenceRanges other) {
    List<Gap> open = new ArrayList<>();
    for (Gap gap : openUpTo(other.next)) {
      for (Gap others : other.openUpTo(next)) {
        addUnlessEmpty(open, Math.max(gap.from(), others.from()), Math.min(gap.to(), others.to()));
      }
    }
    return new SequenceRanges(
        Math.min(begin, other.begin), Math.max(next, other.next), newest(open));
  }

  /** Returns the gaps, and the numbers from {@code next} to an end. */
  private List<Gap> openUpTo(long end) {
    List<Gap> open = new ArrayList<>(gaps);
    addUnlessEmpty(open, next, end);
    return open;
  }

  private static void addUnlessEmpty(List<Gap> gaps, long from, long to) {
    if (from < to) {
      gaps.add(new Gap(from, to));
    }
  }

  private static List<Gap> newest(List<Gap> gaps) {
    return gaps.subList(Math.max(0, gaps.size() - MAX_GAPS), gaps.size());
  }

  /** Returns the text {@code begin/next,from-to,...}, without {@code begin/} if that is 0. */
  String write() {
    StringBuilder text = new StringBuilder();
    if (begin > 0) {
      text.append(begin).append(BEGIN_SEPARATOR);
    }
    text.append(next);
    gaps.forEach(gap -> text.append(',').append(gap.from()).append('-').append(gap.to()));
    return text.toString();
  }

  /**
   * Parses a text from {@link #write}.
   *
   * @throws IllegalArgumentException if the text is invalid
   */
  static SequenceRanges parse(String text) {
    String[] parts = text.split(",", -1);
    List<Gap> gaps = new ArrayList<>();
    long end = 0;
    for (int i = 1; i < parts.length; i++) {
      int dash = parts[i].indexOf('-', 1);
      Gap gap =
          new Gap(
              Long.parseLong(parts[i].substring(0, Math.max(0, dash))),
              Long.parseLong(parts[i].substring(dash + 1)));
      require(gap.from() >= end && gap.size() > 0 && gaps.size() < MAX_GAPS, text);
      gaps.add(gap);
      end = gap.to();
    }
    int slash = parts[0].indexOf(BEGIN_SEPARATOR);
    long begin = slash < 0 ? 0 : Long.parseLong(parts[0].substring(0, slash));
    long next = Long.parseLong(parts[0].substring(slash + 1));
    require(begin >= 0 && next >= Math.max(begin, end), text);
    return new SequenceRanges(begin, next, gaps);
  }

  private static void require(boolean valid, String text) {
    if (!valid) {
      throw new IllegalArgumentException("expected the numbers of a session, found: " + text);
    }
  }
}
