package dev.paymeter.gateway.simulator;

import java.util.Arrays;
import java.util.UUID;

/**
 * Compact map from references to a small positive number, an amount and a position, for millions of
 * entries: 34 bytes a slot, and at least a third of the slots in use once it has grown. Open
 * addressing with linear probing; a slot with the number 0 is free. Not thread-safe.
 */
final class ReferenceTable {
  private static final int INITIAL_SLOTS = 1024;

  private long[] ids = new long[2 * INITIAL_SLOTS];
  private short[] values = new short[INITIAL_SLOTS];
  private long[] amounts = new long[INITIAL_SLOTS];
  private long[] positions = new long[INITIAL_SLOTS];
  private int size;

  /** Returns the number of a reference, or 0 if it is unknown. */
  short get(UUID reference) {
    return values[slot(reference)];
  }

  /** Returns the amount of a reference, or 0 if it is unknown. */
  long amount(UUID reference) {
    int slot = slot(reference);
    return values[slot] == 0 ? 0 : amounts[slot];
  }

  /** Returns the position of a known reference. */
  long position(UUID reference) {
    return positions[known(reference)];
  }

  /** Adds to the amount of a known reference. */
  void add(UUID reference, long amount) {
    amounts[known(reference)] += amount;
  }

  private int known(UUID reference) {
    int slot = slot(reference);
    if (values[slot] == 0) {
      throw new IllegalArgumentException("unknown reference: " + reference);
    }
    return slot;
  }

  /** Sets the number, above 0, the amount and the position of a reference. */
  void put(UUID reference, short value, long amount, long position) {
    int slot = slot(reference);
    if (values[slot] == 0) {
      if (3L * (size + 1) > 2L * values.length) {
        grow();
        slot = slot(reference);
      }
      size++;
    }
    ids[2 * slot] = reference.getMostSignificantBits();
    ids[2 * slot + 1] = reference.getLeastSignificantBits();
    values[slot] = value;
    amounts[slot] = amount;
    positions[slot] = position;
  }

  void clear() {
    Arrays.fill(values, (short) 0);
    size = 0;
  }

  /** Returns the slot of the reference, or the free slot for it. */
  private int slot(UUID reference) {
    int mask = values.length - 1;
    int slot = (int) SeededRandom.mix(reference.hashCode()) & mask;
    while (values[slot] != 0 && !hasReference(slot, reference)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private boolean hasReference(int slot, UUID reference) {
    return ids[2 * slot] == reference.getMostSignificantBits()
        && ids[2 * slot + 1] == reference.getLeastSignificantBits();
  }

  private void grow() {
    long[] oldIds = ids;
    short[] oldValues = values;
    long[] oldAmounts = amounts;
    long[] oldPositions = positions;
    ids = new long[2 * oldIds.length];
    values = new short[2 * oldValues.length];
    amounts = new long[2 * oldValues.length];
    positions = new long[2 * oldValues.length];
    size = 0;
    for (int slot = 0; slot < oldValues.length; slot++) {
      if (oldValues[slot] != 0) {
        put(
            new UUID(oldIds[2 * slot], oldIds[2 * slot + 1]),
            oldValues[slot],
            oldAmounts[slot],
            oldPositions[slot]);
      }
    }
  }
}
