package dev.paymeter.bus.report;

import static java.util.stream.Collectors.joining;

import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.security.CardNumberDetector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The different operations of one batch. Each is found by its characters as they stand in the
 * parser's buffer, and checked once: thousands of rows have but a few. Names that were made to meet
 * in one place of the table stand in a map of the JDK's, which keeps such in a tree.
 */
public final class OperationNames {
  private static final String OURS =
      Arrays.stream(Operation.values()).map(Operation::label).sorted().collect(joining("|"));

  /** Becomes a label's value. {@code other} is taken, and our own steps are ours alone. */
  public static final Pattern NAME =
      Pattern.compile("(?!(other|" + OURS + ")$)[a-z][a-z0-9_]{0,63}");

  static final String WANTED =
      "a lower-case word of 1 to 64 characters, such as a_word, not other, and none of ours: "
          + OURS.replace("|", ", ");

  /** Slots that a name may stand in. */
  static final int MOST_STEPS = 8;

  private static final int NONE = -1;

  /** Fibonacci hashing (Knuth): names that differ in their last letters come to lie far apart. */
  private static final int SPREAD = 0x9E3779B9;

  private static final int SLOTS_PER_NAME = 4;

  private final List<String> names = new ArrayList<>();
  private final List<Boolean> right = new ArrayList<>();

  /** Places in {@code names}, from 1; where a name's own is taken, it has the next that is free. */
  private int[] table = new int[64];

  /** Places of names that found no slot, from 0. */
  private final Map<String, Integer> crowded = new HashMap<>();

  OperationNames() {}

  /** The place of a name, which is new or not. */
  int place(char[] text, int from, int length) {
    int hash = 0;
    for (int i = from; i < from + length; i++) {
      hash = 31 * hash + text[i];
    }
    int slot = slot(hash);
    for (int step = 0; step < MOST_STEPS; step++) {
      int place = table[slot] - 1;
      if (place == NONE) {
        return add(new String(text, from, length));
      }
      if (is(names.get(place), text, from, length)) {
        return place;
      }
      slot = next(slot);
    }
    String name = new String(text, from, length);
    Integer place = crowded.get(name);
    return place == null ? add(name) : place;
  }

  private int slot(int hash) {
    return (hash * SPREAD) >>> Integer.numberOfLeadingZeros(table.length - 1);
  }

  private int next(int slot) {
    return (slot + 1) & (table.length - 1);
  }

  private static boolean is(String name, char[] text, int from, int length) {
    if (name.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (name.charAt(i) != text[from + i]) {
        return false;
      }
    }
    return true;
  }

  private int add(String name) {
    int place = names.size();
    names.add(name);
    right.add(NAME.matcher(name).matches() && !CardNumberDetector.isIn(name));
    if (names.size() * SLOTS_PER_NAME > table.length) {
      grow();
    } else {
      settle(name, place);
    }
    return place;
  }

  private void grow() {
    table = new int[2 * table.length];
    crowded.clear();
    for (int place = 0; place < names.size(); place++) {
      settle(names.get(place), place);
    }
  }

  private void settle(String name, int place) {
    int slot = slot(name.hashCode()); // The same sum as ours.
    for (int step = 0; step < MOST_STEPS; step++) {
      if (table[slot] == 0) {
        table[slot] = place + 1;
        return;
      }
      slot = next(slot);
    }
    crowded.put(name, place);
  }

  /** Names that are not found by a few steps. */
  int crowded() {
    return crowded.size();
  }

  String name(int place) {
    return names.get(place);
  }

  boolean isRight(int place) {
    return right.get(place);
  }

  List<String> all() {
    return names;
  }
}
