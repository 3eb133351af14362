package dev.paymeter.bus.dedup;

import dev.paymeter.bus.dedup.SequenceSession.Claim;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
public final class SequenceDeduplicator {
  private static final Logger log = LoggerFactory.getLogger(SequenceDeduplicator.class);

  /** The map's name: among Vert.x members it is the cluster's. */
  public static final String MAP = "paymeter.sequences";

  /** Claims of all sessions that wait for a change to end. */
  static final int MOST_WAITING = 1000;

  /** Rows of those claims, which are kept in memory until they are counted. */
  static final int MOST_WAITING_ROWS = 200_000;

  /** A jump further ahead is a mistake, or meant to spoil what is counted as missing. */
  public static final long MOST_MISSING = 1_000_000_000;

  private static final int MOST_TRIES = 10;
  private static final Duration SWEEP_INTERVAL = Duration.ofMinutes(10);

  private final Vertx vertx;
  private final SequenceStore map;
  private final Clock clock;
  private final String self = UUID.randomUUID().toString();
  private final AtomicLong writings = new AtomicLong();
  private final Semaphore waiting = new Semaphore(MOST_WAITING);
  private final Semaphore waitingRows = new Semaphore(MOST_WAITING_ROWS);
  private final Map<String, SequenceSession> sessions = new ConcurrentHashMap<>();

  /** The mark of no change: every mark has a colon, and none has two. */
  private static final String NOT_WRITTEN = "::";

  /** A claim that leaves out more than {@link #MOST_MISSING} numbers. */
  public static final class TooFarException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooFarException() {
      super("too far ahead", null, false, false);
    }
  }

  /** The claims could not be made, or nobody knows whether they were. */
  public static class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnavailableException(String message) {
      super(message, null, false, false);
    }
  }

  /** There is no room for more: to be tried again. */
  public static final class OverloadedException extends UnavailableException {
    private static final long serialVersionUID = 1;

    OverloadedException(String message) {
      super(message);
    }
  }

  /**
   * One attempt to change an entry.
   *
   * @param expected what is believed to stand there; null for nothing
   * @param tries how many attempts there were before
   */
  private record Change(
      SequenceSession session, List<Claim> claims, @Nullable String expected, int tries) {}

  public SequenceDeduplicator(Vertx vertx, AsyncMap<String, String> map, Clock clock) {
    this.vertx = vertx;
    this.map = new SequenceStore(map, clock, this::forget);
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
  public Future<SequenceRanges.Taken> claim(String session, long first, int rows) {
    if (!admit(rows)) {
      return Future.failedFuture(new OverloadedException("too many rows at a time"));
    }
    Promise<SequenceRanges.Taken> taken = Promise.promise();
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
    SequenceSession session = sessions.computeIfAbsent(key, SequenceSession::new);
    if (session.add(claim)) {
      next(session);
    }
  }

  /** As the same future, on the context of whoever calls this. */
  private <T> Future<T> here(Future<T> future) {
    Context context = vertx.getOrCreateContext();
    Promise<T> promise = Promise.promise();
    future.onComplete(result -> context.runOnContext(due -> promise.handle(result)));
    return promise.future();
  }

  private void next(SequenceSession session) {
    List<Claim> claims = session.next();
    if (claims.isEmpty()) {
      return;
    }
    Change change = new Change(session, claims, session.known(), 0);
    if (change.expected() == null) {
      look(change, NOT_WRITTEN, () -> {});
    } else {
      attempt(change);
    }
  }

  private void attempt(Change change) {
    SequenceSession.Outcome outcome = change.session().outcome(change.claims());
    String mark = self + ':' + writings.incrementAndGet();
    String entry =
        new SequenceEntry(outcome.after(), mark, clock.instant().getEpochSecond()).write();
    Runnable succeed = () -> succeed(change, outcome, entry);
    write(change, entry)
        .onSuccess(
            written -> {
              if (written) {
                succeed(change, outcome, entry);
              } else {
                look(change, mark, succeed);
              }
            })
        .onFailure(
            why -> {
              if (why instanceof UnavailableException) {
                fail(change, why);
              } else {
                look(change, mark, succeed); // Only the answer may be lost.
              }
            });
  }

  /** Whether the entry stands there now, because what was expected did. */
  private Future<Boolean> write(Change change, String entry) {
    String key = change.session().key();
    return change.expected() == null
        ? map.add(key, entry)
        : map.replace(key, change.expected(), entry);
  }

  /**
   * Reads the entry, because it is not known, another instance was faster, or a reply was lost.
   *
   * @param mark of the change that may have been made
   * @param succeed ends that change
   */
  private void look(Change change, String mark, Runnable succeed) {
    SequenceSession session = change.session();
    if (change.tries() == MOST_TRIES) {
      fail(change, new UnavailableException("others are always faster"));
      return;
    }
    map.get(session.key())
        .onSuccess(
            found -> {
              if (found != null && found.contains(mark)) {
                succeed.run();
                return;
              }
              if (found != null) {
                session.see(found);
              }
              attempt(new Change(session, change.claims(), found, change.tries() + 1));
            })
        .onFailure(away -> fail(change, away));
  }

  private void succeed(Change change, SequenceSession.Outcome outcome, String entry) {
    change.session().changed(entry, outcome.after());
    for (int i = 0; i < change.claims().size(); i++) {
      Promise<SequenceRanges.Taken> claim = change.claims().get(i).taken();
      outcome
          .answers()
          .get(i)
          .ifPresentOrElse(claim::complete, () -> claim.fail(new TooFarException()));
    }
    next(change.session());
  }

  private void fail(Change change, Throwable why) {
    SequenceSession session = change.session();
    log.warn("Cannot take rows of {}: {}", session.key(), why.toString());
    if (session.known() == null) {
      sessions.remove(session.key(), session); // Made up, perhaps.
    }
    change.claims().forEach(claim -> claim.taken().fail(new UnavailableException("not now")));
    next(session);
  }

  /** Forgets sessions that were silent for too long, and entries that are none. */
  Future<Void> sweep() {
    return map.sweep();
  }

  private void forget(long oldest) {
    sessions.values().removeIf(session -> session.isForgotten(oldest));
  }
}
