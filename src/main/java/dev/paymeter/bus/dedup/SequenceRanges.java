package dev.paymeter.bus.dedup;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which numbers of a publisher's session were taken: all below {@code next}, except for the gaps.
 * Gaps beyond the newest {@link #MOST_GAPS} are forgotten: what comes late into one of them is
 * taken for a repeat.
 *
 * @param begin the number that the session began with, as far as is known: those below it may come
 *     late, and were never missing
 * @param next the number after the highest that was taken
 * @param gaps in rising order, apart from each other, none of them empty
 */
public record SequenceRanges(long begin, long next, List<Gap> gaps) {
  static final SequenceRanges START = new SequenceRanges(0, List.of());
  static final int MOST_GAPS = 64;

  /** Not in numbers: it parts the beginning from what follows. */
  private static final String BEGIN = "/";

  /** Numbers from {@code from} to the one before {@code to}. */
  record Gap(long from, long to) {
    private long size() {
      return to - from;
    }
  }

  /**
   * What taking a range came to.
   *
   * @param after how it stands then
   * @param ranges of the range's own rows, those that had not been taken, in rising order: pairs of
   *     the first and the one after the last
   * @param missing how many numbers before the range were passed over
   * @param late how many of the rows were counted as missing before
   */
  @SuppressWarnings("ArrayRecordComponent")
  public // Made here, read once.
  record Taken(SequenceRanges after, int[] ranges, long missing, long late) {
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

  /** Of a session that began with 0. */
  SequenceRanges(long next, List<Gap> gaps) {
    this(0, next, gaps);
  }

  /** Of a session of which nothing is known but the first number that came. */
  static SequenceRanges beginningWith(long first) {
    List<Gap> gaps = new ArrayList<>();
    addUnlessEmpty(gaps, 0, first);
    return new SequenceRanges(first, first, gaps);
  }

  /** Takes what of the numbers from {@code first} on has not been taken. */
  Taken take(long first, int rows) {
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
    return new Taken(
        new SequenceRanges(begin, Math.max(next, end), newest(left)),
        Arrays.copyOf(ranges, used),
        missing,
        late);
  }

  /** With what was taken elsewhere, too: as if all of it had been taken here. */
  SequenceRanges with(SequenceRanges other) {
    List<Gap> open = new ArrayList<>();
    for (Gap gap : openUpTo(other.next)) {
      for (Gap others : other.openUpTo(next)) {
        addUnlessEmpty(open, Math.max(gap.from(), others.from()), Math.min(gap.to(), others.to()));
      }
    }
    return new SequenceRanges(
        Math.min(begin, other.begin), Math.max(next, other.next), newest(open));
  }

  /** The gaps, and what was not reached yet. */
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
    return gaps.subList(Math.max(0, gaps.size() - MOST_GAPS), gaps.size());
  }

  /**
   * As text: {@code next}, behind {@code begin/} unless that is 0, and the gaps as {@code from-to}.
   */
  String write() {
    StringBuilder text = new StringBuilder();
    if (begin > 0) {
      text.append(begin).append(BEGIN);
    }
    text.append(next);
    gaps.forEach(gap -> text.append(',').append(gap.from()).append('-').append(gap.to()));
    return text.toString();
  }

  /**
   * What {@link #write} wrote.
   *
   * @throws IllegalArgumentException when it is something else
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
      require(gap.from() >= end && gap.size() > 0 && gaps.size() < MOST_GAPS, text);
      gaps.add(gap);
      end = gap.to();
    }
    int slash = parts[0].indexOf(BEGIN);
    long begin = slash < 0 ? 0 : Long.parseLong(parts[0].substring(0, slash));
    long next = Long.parseLong(parts[0].substring(slash + 1));
    require(begin >= 0 && next >= Math.max(begin, end), text);
    return new SequenceRanges(begin, next, gaps);
  }

  private static void require(boolean holds, String text) {
    if (!holds) {
      throw new IllegalArgumentException("no numbers of a session: " + text);
    }
  }
}
