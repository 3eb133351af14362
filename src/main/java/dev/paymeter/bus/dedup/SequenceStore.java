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
 * The map in which instances share what was taken of each session, with a bound to its entries.
 * Safe from any thread.
 */
final class SequenceStore {
  /** Sessions that are known at a time: memory is bounded, whoever makes them up. */
  static final int MOST_SESSIONS = 10_000;

  /** A session that was silent for so long is forgotten. */
  static final Duration LONGEST_SILENCE = Duration.ofHours(6);

  /** Where there is no room for a new session, one that was silent for so long is forgotten. */
  static final Duration LONGEST_SILENCE_WHEN_FULL = Duration.ofMinutes(1);

  /** How often room is looked for. All entries are read. */
  static final Duration ROOM_INTERVAL = Duration.ofSeconds(10);

  private final AsyncMap<String, String> map;
  private final Clock clock;
  private final LongConsumer beforeSweep;

  /** In the map, as of the last sweep and with what was added here: to ask it takes all members. */
  private final AtomicInteger entries = new AtomicInteger();

  private final AtomicLong nextLookForRoom = new AtomicLong(Long.MIN_VALUE);

  /**
   * @param beforeSweep is told, in seconds since the epoch, which sessions are forgotten: those
   *     whose last change is older
   */
  SequenceStore(AsyncMap<String, String> map, Clock clock, LongConsumer beforeSweep) {
    this.map = map;
    this.clock = clock;
    this.beforeSweep = beforeSweep;
  }

  Future<@Nullable String> get(String session) {
    return map.get(session);
  }

  /** Whether the entry stands there now, because what was expected did. */
  Future<Boolean> replace(String session, String expected, String entry) {
    return map.replaceIfPresent(session, expected, entry);
  }

  /**
   * Whether the entry stands there now, because nothing did.
   *
   * @return fails with an {@link SequenceDeduplicator.OverloadedException} where there is no room
   */
  Future<Boolean> add(String session, String entry) {
    return hasRoom() ? put(session, entry) : makeRoom().compose(swept -> putIfRoom(session, entry));
  }

  private boolean hasRoom() {
    return entries.get() < MOST_SESSIONS;
  }

  private Future<Boolean> putIfRoom(String session, String entry) {
    return hasRoom()
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

  /** Whoever makes up sessions must not keep new ones out for hours. */
  private Future<Void> makeRoom() {
    long now = clock.millis();
    long next = nextLookForRoom.get();
    return now >= next && nextLookForRoom.compareAndSet(next, now + ROOM_INTERVAL.toMillis())
        ? sweep(LONGEST_SILENCE_WHEN_FULL)
        : Future.succeededFuture();
  }

  /** Forgets sessions that were silent for too long, and entries that are none. */
  Future<Void> sweep() {
    return sweep(LONGEST_SILENCE);
  }

  private Future<Void> sweep(Duration silence) {
    long oldest = clock.instant().minus(silence).getEpochSecond();
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

  /** Whether an entry was changed last before a second since the epoch; what is none was. */
  static boolean isOlder(String entry, long oldest) {
    try {
      return SequenceEntry.parse(entry).seconds() < oldest;
    } catch (IllegalArgumentException notOurs) {
      return true;
    }
  }
}
