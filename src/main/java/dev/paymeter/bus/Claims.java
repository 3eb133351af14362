package dev.paymeter.bus;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who of all instances takes which rows of a publisher's session: each row is taken once. What was
 * taken stands in a map that the instances share, changed by compare-and-set, as plain text. A
 * session of which nothing is known begins with the first row that comes: after all instances were
 * restarted, what their publishers go on with is not a jump from 0.
 *
 * <p>Claims of one session that come while a change is under way wait, and are made by the next
 * change together. A change whose answer is lost is looked for: its entry bears a mark of its own.
 * Safe from any thread; what comes back comes on the context that asked.
 */
public final class Claims {
  private static final Logger log = LoggerFactory.getLogger(Claims.class);

  /** The map's name: among Vert.x members it is the cluster's. */
  public static final String MAP = "paymeter.sequences";

  /** Claims of all sessions that wait for a change to end. */
  static final int MOST_WAITING = 1000;

  /** Rows of those claims, which are kept in memory until they are counted. */
  static final int MOST_WAITING_ROWS = 200_000;

  /** A jump further ahead is a mistake, or meant to spoil what is counted as missing. */
  static final long MOST_MISSING = 1_000_000_000;

  private static final int MOST_TRIES = 10;
  private static final Duration SWEEP_INTERVAL = Duration.ofMinutes(10);

  private final Vertx vertx;
  private final SequenceMap map;
  private final Clock clock;
  private final String self = UUID.randomUUID().toString();
  private final AtomicLong writings = new AtomicLong();
  private final Semaphore waiting = new Semaphore(MOST_WAITING);
  private final Semaphore waitingRows = new Semaphore(MOST_WAITING_ROWS);
  private final Map<String, Session> sessions = new ConcurrentHashMap<>();

  /** What no change has made: every mark has a colon, and none has two. */
  private static final Outcome NOT_WRITTEN = new Outcome(Sequence.START, "", "::", List.of());

  /** A claim that leaves out more than {@link #MOST_MISSING} numbers. */
  static final class TooFarException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooFarException() {
      super("too far ahead", null, false, false);
    }
  }

  /** The claims could not be made, or nobody knows whether they were. */
  static class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnavailableException(String message) {
      super(message, null, false, false);
    }
  }

  /** There is no room for more: to be tried again. */
  static final class OverloadedException extends UnavailableException {
    private static final long serialVersionUID = 1;

    OverloadedException(String message) {
      super(message);
    }
  }

  private record Claim(long first, int rows, Promise<Sequence.Taken> taken) {}

  /** Changes of one session, one after the other; its lock covers the fields. */
  private static final class Session {
    final String key;
    final List<Claim> waiting = new ArrayList<>();
    boolean busy;

    /** What stood in the map when it was last seen. Used by the change under way only. */
    volatile @Nullable String known;

    /** What is known to be taken: of the entry, and of all that were seen before. */
    volatile @Nullable Sequence taken;

    Session(String key) {
      this.key = key;
    }
  }

  /**
   * One attempt to change an entry.
   *
   * @param expected what is believed to stand there; null for nothing
   * @param tries how many attempts there were before
   */
  private record Change(
      Session session, List<Claim> claims, @Nullable String expected, int tries) {}

  /**
   * What a change makes, if it succeeds.
   *
   * @param after what is taken then
   * @param entry what is to stand there
   * @param writing its mark
   * @param answers to each claim; empty for one that leaves too much out
   */
  private record Outcome(
      Sequence after, String entry, String writing, List<Optional<Sequence.Taken>> answers) {}

  public Claims(Vertx vertx, AsyncMap<String, String> map, Clock clock) {
    this.vertx = vertx;
    this.map = new SequenceMap(map, clock, this::forget);
    this.clock = clock;
  }

  /** Forgets silent sessions now and from time to time, until Vert.x is closed. */
  public void keepSwept() {
    sweepOrWarn();
    vertx.setPeriodic(SWEEP_INTERVAL.toMillis(), due -> sweepOrWarn());
  }

  private void sweepOrWarn() {
    sweep().onFailure(why -> log.warn("Cannot look for silent sessions", why));
  }

  /**
   * Takes rows that nobody has taken.
   *
   * @param session unlike those of all other publishers
   * @param first the first row's number, from 0
   * @return fails with a {@link TooFarException}, or an {@link UnavailableException}. It may take
   *     long: who does not wait must still count what was taken when it comes, or it is lost.
   */
  Future<Sequence.Taken> claim(String session, long first, int rows) {
    if (!admit(rows)) {
      return Future.failedFuture(new OverloadedException("too many rows at a time"));
    }
    Promise<Sequence.Taken> taken = Promise.promise();
    enter(session, new Claim(first, rows, taken));
    return here(taken.future().onComplete(done -> leave(rows)));
  }

  private boolean admit(int rows) {
    if (!waiting.tryAcquire()) {
      return false;
    }
    if (!waitingRows.tryAcquire(rows)) {
      waiting.release();
      return false;
    }
    return true;
  }

  private void leave(int rows) {
    waiting.release();
    waitingRows.release(rows);
  }

  private void enter(String key, Claim claim) {
    Session session = sessions.computeIfAbsent(key, Session::new);
    synchronized (session) {
      session.waiting.add(claim);
      if (session.busy) {
        return;
      }
      session.busy = true;
    }
    next(session);
  }

  /** As the same future, on the context of whoever calls this. */
  private <T> Future<T> here(Future<T> future) {
    Context context = vertx.getOrCreateContext();
    Promise<T> promise = Promise.promise();
    future.onComplete(result -> context.runOnContext(due -> promise.handle(result)));
    return promise.future();
  }

  private void next(Session session) {
    List<Claim> claims;
    synchronized (session) {
      claims = new ArrayList<>(session.waiting);
      session.waiting.clear();
      session.busy = !claims.isEmpty();
    }
    if (claims.isEmpty()) {
      return;
    }
    claims.sort(Comparator.comparingLong(Claim::first)); // What overtook on its way is no gap.
    Change change = new Change(session, claims, session.known, 0);
    if (change.expected() == null) {
      look(change, NOT_WRITTEN);
    } else {
      attempt(change);
    }
  }

  private void attempt(Change change) {
    Outcome outcome = outcome(change);
    write(change, outcome.entry())
        .onSuccess(
            written -> {
              if (written) {
                succeed(change, outcome);
              } else {
                look(change, outcome);
              }
            })
        .onFailure(
            why -> {
              if (why instanceof UnavailableException) {
                fail(change, why);
              } else {
                look(change, outcome); // Only the answer may be lost.
              }
            });
  }

  private Outcome outcome(Change change) {
    Sequence taken = change.session().taken;
    Sequence sequence =
        taken == null ? Sequence.beginningWith(change.claims().get(0).first()) : taken;
    List<Optional<Sequence.Taken>> answers = new ArrayList<>();
    for (Claim claim : change.claims()) {
      if (claim.first() - sequence.next() > MOST_MISSING) {
        answers.add(Optional.empty());
        continue;
      }
      Sequence.Taken one = sequence.take(claim.first(), claim.rows());
      sequence = one.after();
      answers.add(Optional.of(one));
    }
    String writing = self + ':' + writings.incrementAndGet();
    long now = clock.instant().getEpochSecond();
    String entry = new SequenceEntry(sequence, writing, now).write();
    return new Outcome(sequence, entry, writing, answers);
  }

  /**
   * Where the map has lost a session, or goes on with the entry of another part of a cluster that
   * was split, what was taken by what was last seen stays taken.
   */
  private static void see(Session session, String found) {
    session.known = found;
    try {
      Sequence there = SequenceEntry.parse(found).sequence();
      Sequence taken = session.taken;
      session.taken = taken == null ? there : taken.with(there);
    } catch (IllegalArgumentException notOurs) {
      log.warn("{} has something else in {}; it is replaced", MAP, session.key, notOurs);
    }
  }

  /** Whether the entry stands there now, because what was expected did. */
  private Future<Boolean> write(Change change, String entry) {
    String key = change.session().key;
    return change.expected() == null
        ? map.add(key, entry)
        : map.replace(key, change.expected(), entry);
  }

  /** What stands there was not known, or another was faster, or the answer is lost. */
  private void look(Change change, Outcome outcome) {
    if (change.tries() == MOST_TRIES) {
      fail(change, new UnavailableException("others are always faster"));
      return;
    }
    map.get(change.session().key)
        .onSuccess(
            found -> {
              if (found != null && found.contains(outcome.writing())) {
                succeed(change, outcome);
                return;
              }
              if (found != null) {
                see(change.session(), found);
              }
              attempt(new Change(change.session(), change.claims(), found, change.tries() + 1));
            })
        .onFailure(away -> fail(change, away));
  }

  private void succeed(Change change, Outcome outcome) {
    change.session().known = outcome.entry();
    change.session().taken = outcome.after();
    for (int i = 0; i < change.claims().size(); i++) {
      Promise<Sequence.Taken> claim = change.claims().get(i).taken();
      outcome
          .answers()
          .get(i)
          .ifPresentOrElse(claim::complete, () -> claim.fail(new TooFarException()));
    }
    next(change.session());
  }

  private void fail(Change change, Throwable why) {
    Session session = change.session();
    log.warn("Cannot take rows of {}: {}", session.key, why.toString());
    if (session.known == null) {
      sessions.remove(session.key, session); // Made up, perhaps.
    }
    change.claims().forEach(claim -> claim.taken().fail(new UnavailableException("not now")));
    next(session);
  }

  /** Forgets sessions that were silent for too long, and entries that are none. */
  Future<Void> sweep() {
    return map.sweep();
  }

  private void forget(long oldest) {
    sessions.values().removeIf(session -> isForgotten(session, oldest));
  }

  private static boolean isForgotten(Session session, long oldest) {
    synchronized (session) {
      String known = session.known;
      return !session.busy && (known == null || SequenceMap.isOlder(known, oldest));
    }
  }
}
