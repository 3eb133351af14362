package dev.paymeter.postgres;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The processes that no longer run, and when to search for transfers that they left pending. A
 * statement of an ended process may still be committed for some seconds, so a search is repeated,
 * with pauses that double: a search reads the index entries of all transfers that the process has
 * settled, as long as a transaction of another client keeps the server from removing them.
 * Thread-safe.
 */
final class EndedProcesses {
  private static final Duration MIN_PAUSE = Duration.ofSeconds(1);
  private static final Duration MAX_PAUSE = Duration.ofMinutes(5);

  private final LongSupplier nanoTime;
  private final Map<Ended, Search> searches = new HashMap<>();

  /**
   * The processes of an instance up to an epoch.
   *
   * @param instanceId empty for all instances that have no row
   */
  record Ended(String instanceId, int epoch) {}

  /** The search that is next due. */
  private record Search(long dueAt, Duration pause) {}

  EndedProcesses(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Returns the processes for which a search is due. */
  synchronized List<Ended> due(List<Ended> ended) {
    searches.keySet().retainAll(ended);
    long now = nanoTime.getAsLong();
    List<Ended> due = new ArrayList<>();
    for (Ended each : ended) {
      Search search = searches.computeIfAbsent(each, added -> new Search(now, MIN_PAUSE));
      if (now - search.dueAt() >= 0) {
        due.add(each);
      }
    }
    return due;
  }

  /** Notes that a search found nothing, or all that there is. */
  synchronized void searched(List<Ended> due) {
    long now = nanoTime.getAsLong();
    for (Ended each : due) {
      searches.computeIfPresent(
          each, (same, search) -> new Search(now + search.pause().toNanos(), next(search)));
    }
  }

  private static Duration next(Search search) {
    Duration doubled = search.pause().multipliedBy(2);
    return doubled.compareTo(MAX_PAUSE) < 0 ? doubled : MAX_PAUSE;
  }

  /** Begins again: transfers that could not be taken before now can. */
  synchronized void restart() {
    searches.clear();
  }
}
