package dev.paymeter.payment.service;

import java.util.LinkedHashMap;
import java.util.Map;

/** The most recent ids; older ones are forgotten. Thread-safe. */
final class RecentIds {
  private final Map<String, Boolean> ids;

  RecentIds(int max) {
    ids =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > max;
          }
        };
  }

  synchronized boolean contains(String id) {
    return ids.containsKey(id);
  }

  synchronized void add(String id) {
    ids.put(id, true);
  }
}
