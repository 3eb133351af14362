package dev.paymeter.bus.dedup;

import io.vertx.core.Future;
import io.vertx.core.shareddata.AsyncMap;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The map of sessions that instances share, with a bounded number of entries. Safe from any thread.
 */
final class SequenceStore {
  /** Maximum number of sessions. Bounds memory, also if a client invents sessions. */
  static final int MAX_SESSIONS = 10_000;

  /** Sessions idle for longer are removed. */
  static final Duration MAX_IDLE = Duration.ofHours(6);

  /** At the maximum number of sessions, those idle for longer are removed. */
  static final Duration MAX_IDLE_WHEN_FULL = Duration.ofMinutes(1);

  /** Minimum interval between evictions at the maximum; each reads all entries. */
  static final Duration EVICTION_INTERVAL = Duration.ofSeconds(10);

  private final AsyncMap<String, String> map;
  private final Clock clock;
  private final LongConsumer beforeSweep;

  /**
   * The number of entries at the last sweep, and those added by this instance since. The map's own
   * size would involve all members.
   */
  private final AtomicInteger entries = new AtomicInteger();

  private final AtomicLong nextEviction = new AtomicLong(Long.MIN_VALUE);

  /**
   * @param beforeSweep called before each sweep with its limit: sessions last changed before that
   *     second since 1970 are removed
   */
  SequenceStore(AsyncMap<String, String> map, Clock clock, LongConsumer beforeSweep) {
    this.map = map;
    this.clock = clock;
    this.beforeSweep = beforeSweep;
  }

  Future<@Nullable String> get(String session) {
    return map.get(session);
  }

  /** Replaces an entry if it is the expected one. Returns whether it was. */
  Future<Boolean> replace(String session, String expected, String entry) {
    return map.replaceIfPresent(session, expected, entry);
  }

  /**
   * Adds an entry if the session has none.
   *
   * @return whether it was added; fails with an {@link SequenceDeduplicator.OverloadedException} at
   *     the maximum number of sessions
   */
  Future<Boolean> add(String session, String entry) {
    return hasCapacity()
        ? put(session, entry)
        : evict().compose(swept -> putIfCapacity(session, entry));
  }

  private boolean hasCapacity() {
    return entries.get() < MAX_SESSIONS;
  }

  private Future<Boolean> putIfCapacity(String session, String entry) {
    return hasCapacity()
        ? put(session, entry)
        : Future.failedFuture(new SequenceDeduplicator.OverloadedException("too many sessions"));
  }

  private Future<Boolean> put(String session, String entry) {
    return map.putIfAbsent(session, entry)
        .map(Objects::isNull)
        .onSuccess(
            added -> {
              if (added) {
                entries.incrementAndGet();
              }
            });
  }

  /**
   * Removes sessions after a shorter time, so that invented ones do not block new ones for hours.
   */
  private Future<Void> evict() {
    long now = clock.millis();
    long next = nextEviction.get();
    return now >= next && nextEviction.compareAndSet(next, now + EVICTION_INTERVAL.toMillis())
        ? sweep(MAX_IDLE_WHEN_FULL)
        : Future.succeededFuture();
  }

  /** Removes idle sessions and invalid entries. */
  Future<Void> sweep() {
    return sweep(MAX_IDLE);
  }

  private Future<Void> sweep(Duration maxIdle) {
    long oldest = clock.instant().minus(maxIdle).getEpochSecond();
    beforeSweep.accept(oldest);
    return map.entries().compose(all -> removeOlder(all, oldest));
  }

  private Future<Void> removeOlder(Map<String, String> all, long oldest) {
    AtomicInteger left = new AtomicInteger(all.size());
    List<Future<?>> removals = new ArrayList<>();
    all.forEach(
        (session, entry) -> {
          if (isOlder(entry, oldest)) {
            removals.add(
                map.removeIfPresent(session, entry)
                    .onSuccess(removed -> left.addAndGet(removed ? -1 : 0)));
          }
        });
    return Future.join(removals).<Void>mapEmpty().onComplete(done -> entries.set(left.get()));
  }

  /** Returns whether an entry was changed before a second since 1970, or is invalid. */
  static boolean isOlder(String entry, long oldest) {
    try {
      return SequenceEntry.parse(entry).epochSecond() < oldest;
    } catch (IllegalArgumentException invalid) {
      return true;
    }
  }
}
