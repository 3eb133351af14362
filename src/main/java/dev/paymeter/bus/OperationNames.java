package dev.paymeter.bus;

import static java.util.stream.Collectors.joining;

import dev.paymeter.payments.Observations.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The different operations of one batch. Each is found by its characters as they stand in the
 * parser's buffer, and checked once: thousands of rows have but a few.
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

  private final List<String> names = new ArrayList<>();
  private final List<Boolean> right = new ArrayList<>();

  /** Places in {@code names}, from 1; where a name's own is taken, it has the next that is free. */
  private int[] table = new int[64];

  OperationNames() {}

  /** The place of a name, which is new or not. */
  int place(char[] text, int from, int length) {
    int hash = 0;
    for (int i = from; i < from + length; i++) {
      hash = 31 * hash + text[i];
    }
    int slot = slot(hash);
    while (table[slot] != 0) {
      if (is(names.get(table[slot] - 1), text, from, length)) {
        return table[slot] - 1;
      }
      slot = (slot + 1) & (table.length - 1);
    }
    return add(new String(text, from, length), slot);
  }

  private int slot(int hash) {
    return (hash ^ (hash >>> 16)) & (table.length - 1);
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

  private int add(String name, int slot) {
    names.add(name);
    right.add(NAME.matcher(name).matches());
    table[slot] = names.size();
    if (names.size() * 2 > table.length) {
      grow();
    }
    return names.size() - 1;
  }

  private void grow() {
    table = new int[2 * table.length];
    for (int place = 1; place <= names.size(); place++) {
      int slot = slot(names.get(place - 1).hashCode()); // The same sum as ours.
      while (table[slot] != 0) {
        slot = (slot + 1) & (table.length - 1);
      }
      table[slot] = place;
    }
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
