package dev.paymeter.metrics.audited;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Ids of the payments, or of the refunds, that were counted last: after a loss, they distinguish
 * those that were counted from those that were in flight. Not thread-safe.
 */
final class RecentlyCounted {
  /** Several times what is in flight at one moment. */
  static final int CAPACITY = 4096;

  private final @Nullable UUID[] ids = new UUID[CAPACITY];
  private final int[] segments = new int[CAPACITY];
  private int next;

  void add(UUID id, int segment) {
    ids[next] = id;
    segments[next] = segment;
    next = (next + 1) % CAPACITY;
  }

  /** Returns the ids of the segments up to {@code last}, in any order. */
  List<UUID> ids(int last) {
    List<UUID> all = new ArrayList<>(CAPACITY);
    for (int i = 0; i < CAPACITY; i++) {
      UUID id = ids[i];
      if (id != null && segments[i] <= last) {
        all.add(id);
      }
    }
    return all;
  }
}
