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
 * Distinct operations of a batch, in a hash table with linear probing. A name is looked up by its
 * characters in the parser's buffer and validated once, because thousands of rows contain only a
 * few names. After too many collisions, which may be an attack, a name is put into a {@link
 * HashMap}, whose buckets become trees.
 */
public final class OperationNames {
  private static final String RESERVED =
      Arrays.stream(Operation.values()).map(Operation::label).sorted().collect(joining("|"));

  /** A name, used as a label value. {@code other} and Paymeter's own operations are reserved. */
  public static final Pattern NAME =
      Pattern.compile("(?!(other|" + RESERVED + ")$)[a-z][a-z0-9_]{0,63}");

  static final String EXPECTED =
      "a lower-case word of 1 to 64 characters, such as a_word; reserved: other, "
          + RESERVED.replace("|", ", ");

  /** Maximum number of slots probed for a name. */
  static final int MAX_PROBES = 8;

  private static final int NONE = -1;

  /** Multiplier of Fibonacci hashing (Knuth), which spreads similar names over the table. */
  private static final int SPREAD = 0x9E3779B9;

  private static final int SLOTS_PER_NAME = 4;

  private final List<String> names = new ArrayList<>();
  private final List<Boolean> valid = new ArrayList<>();

  /** Indexes into {@code names}, plus 1; 0 marks an empty slot. */
  private int[] table = new int[64];

  /** Indexes of names that found no slot. */
  private final Map<String, Integer> overflow = new HashMap<>();

  /** Returns the index of a name, which is added if it is new. */
  int indexOf(char[] text, int from, int length) {
    int hash = 0;
    for (int i = from; i < from + length; i++) {
      hash = 31 * hash + text[i];
    }
    int slot = slot(hash);
    for (int step = 0; step < MAX_PROBES; step++) {
      int index = table[slot] - 1;
      if (index == NONE) {
        return add(new String(text, from, length));
      }
      if (is(names.get(index), text, from, length)) {
        return index;
      }
      slot = next(slot);
    }
    String name = new String(text, from, length);
    Integer index = overflow.get(name);
    return index == null ? add(name) : index;
  }

  private int slot(int hash) {
    return (hash * SPREAD) >>> Integer.numberOfLeadingZeros(table.length - 1);
  }

  private int next(int slot) {
    return (slot + 1) & (table.length - 1);
  }

  /** Returns whether a range of characters equals a name. */
  static boolean is(String name, char[] text, int from, int length) {
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
    int index = names.size();
    names.add(name);
    valid.add(NAME.matcher(name).matches() && !CardNumberDetector.containsCardNumber(name));
    if (names.size() * SLOTS_PER_NAME > table.length) {
      grow();
    } else {
      insert(name, index);
    }
    return index;
  }

  private void grow() {
    table = new int[2 * table.length];
    overflow.clear();
    for (int index = 0; index < names.size(); index++) {
      insert(names.get(index), index);
    }
  }

  private void insert(String name, int index) {
    int slot = slot(name.hashCode()); // Equal to the hash in indexOf.
    for (int step = 0; step < MAX_PROBES; step++) {
      if (table[slot] == 0) {
        table[slot] = index + 1;
        return;
      }
      slot = next(slot);
    }
    overflow.put(name, index);
  }

  /** Returns the number of names outside the table. */
  int overflowSize() {
    return overflow.size();
  }

  String name(int index) {
    return names.get(index);
  }

  boolean isValid(int index) {
    return valid.get(index);
  }

  List<String> all() {
    return names;
  }
}
