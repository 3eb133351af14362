package dev.paymeter.gateway.simulator;

import java.util.Arrays;
import java.util.UUID;

/**
 * A map of references to small positive numbers and amounts, for millions of them: 26 bytes a
 * place, and at least a third of the places in use once there are many. Open addressing with linear
 * probing; a place whose number is 0 is free. Not safe for use by several threads.
 */
final class ReferenceTable {
  private static final int FIRST_PLACES = 1024;

  private long[] ids = new long[2 * FIRST_PLACES];
  private short[] values = new short[FIRST_PLACES];
  private long[] amounts = new long[FIRST_PLACES];
  private int size;

  /** 0 where the reference is unknown. */
  short get(UUID reference) {
    return values[place(reference)];
  }

  /** 0 where the reference is unknown. */
  long amount(UUID reference) {
    int place = place(reference);
    return values[place] == 0 ? 0 : amounts[place];
  }

  /** Adds to the amount of a reference that is known. */
  void add(UUID reference, long amount) {
    int place = place(reference);
    if (values[place] == 0) {
      throw new IllegalArgumentException("unknown: " + reference);
    }
    amounts[place] += amount;
  }

  /**
   * @param value above 0
   */
  void put(UUID reference, short value, long amount) {
    int place = place(reference);
    if (values[place] == 0) {
      if (3L * (size + 1) > 2L * values.length) {
        grow();
        place = place(reference);
      }
      size++;
    }
    ids[2 * place] = reference.getMostSignificantBits();
    ids[2 * place + 1] = reference.getLeastSignificantBits();
    values[place] = value;
    amounts[place] = amount;
  }

  void clear() {
    Arrays.fill(values, (short) 0);
    size = 0;
  }

  /** Where the reference is, or would be put. */
  private int place(UUID reference) {
    int mask = values.length - 1;
    int place = (int) SeededRandom.mix(reference.hashCode()) & mask;
    while (values[place] != 0 && !isAt(place, reference)) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private boolean isAt(int place, UUID reference) {
    return ids[2 * place] == reference.getMostSignificantBits()
        && ids[2 * place + 1] == reference.getLeastSignificantBits();
  }

  private void grow() {
    long[] oldIds = ids;
    short[] oldValues = values;
    long[] oldAmounts = amounts;
    ids = new long[2 * oldIds.length];
    values = new short[2 * oldValues.length];
    amounts = new long[2 * oldValues.length];
    size = 0;
    for (int place = 0; place < oldValues.length; place++) {
      if (oldValues[place] != 0) {
        put(
            new UUID(oldIds[2 * place], oldIds[2 * place + 1]),
            oldValues[place],
            oldAmounts[place]);
      }
    }
  }
}
