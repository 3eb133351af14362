package dev.paymeter.bus.dedup;

import dev.paymeter.bus.CallerContext;
import dev.paymeter.bus.dedup.SequenceSession.Claim;
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
 * Cluster-wide deduplication of the rows of a publisher's session: each row is accepted by exactly
 * one claim of one instance. The accepted numbers are stored as text in a map that all instances
 * share, updated by compare-and-set. An unknown session begins with the first row that arrives, so
 * that sessions that continue after a restart of all instances have no gap from 0.
 *
 * <p>Claims of a session that arrive during a change wait and are combined in the next change. Each
 * entry contains a unique change id; if the reply to a change is lost, reading the entry shows
 * whether it was made. Safe from any thread; results are delivered on the caller's context.
 */
public final class SequenceDeduplicator {
  private static final Logger log = LoggerFactory.getLogger(SequenceDeduplicator.class);

  public static final String MAP = "paymeter.sequences";

  /** Maximum number of pending claims, over all sessions. */
  static final int MAX_WAITING_CLAIMS = 1000;

  /** Maximum number of rows of pending claims, which stay in memory until they are counted. */
  static final int MAX_WAITING_ROWS = 200_000;

  /** Maximum gap; a larger one is an error or an attempt to distort the count of missing rows. */
  public static final long MAX_MISSING = 1_000_000_000;

  private static final int MAX_ATTEMPTS = 10;
  private static final Duration SWEEP_INTERVAL = Duration.ofMinutes(10);

  private final Vertx vertx;
  private final SequenceStore map;
  private final Clock clock;
  private final String instanceId = UUID.randomUUID().toString();
  private final AtomicLong changeCount = new AtomicLong();
  private final Semaphore waiting = new Semaphore(MAX_WAITING_CLAIMS);
  private final Semaphore waitingRows = new Semaphore(MAX_WAITING_ROWS);
  private final Map<String, SequenceSession> sessions = new ConcurrentHashMap<>();

  /** Not the id of any change: ids contain a single colon. */
  private static final String NO_CHANGE = "::";

  /** Failure of a claim that skips more than {@code MAX_MISSING} numbers. */
  public static final class GapTooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    GapTooLargeException() {
      super("the claim skips too many numbers", null, false, false);
    }
  }

  /** Failure of a claim that was not made, or whose outcome is unknown. */
  public static class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnavailableException(String message) {
      super(message, null, false, false);
    }
  }

  /** Failure of a claim for lack of capacity. The caller may retry it. */
  public static final class OverloadedException extends UnavailableException {
    private static final long serialVersionUID = 1;

    OverloadedException(String message) {
      super(message);
    }
  }

  /**
   * Attempt to change an entry.
   *
   * @param expected the entry that it replaces; null if there is none
   * @param attempts number of earlier attempts
   */
  private record Change(
      SequenceSession session, List<Claim> claims, @Nullable String expected, int attempts) {}

  public SequenceDeduplicator(Vertx vertx, AsyncMap<String, String> map, Clock clock) {
    this.vertx = vertx;
    this.map = new SequenceStore(map, clock, this::forget);
    this.clock = clock;
  }

  /** Removes idle sessions now and periodically, until Vert.x is closed. */
  public void scheduleSweeps() {
    sweepOrWarn();
    vertx.setPeriodic(SWEEP_INTERVAL.toMillis(), due -> sweepOrWarn());
  }

  private void sweepOrWarn() {
    sweep().onFailure(failure -> log.warn("Cannot remove idle sessions", failure));
  }

  /**
   * Claims the rows that have not been accepted before.
   *
   * @param session unique over all publishers
   * @param first number of the first row, from 0
   * @return fails with a {@link GapTooLargeException} or an {@link UnavailableException}. It may
   *     take long. A caller that stops waiting must still count the accepted rows when it
   *     completes; otherwise they are lost.
   */
  public Future<SequenceRanges.ClaimResult> claim(String session, long first, int rows) {
    if (!tryAcquire(rows)) {
      return Future.failedFuture(new OverloadedException("too many pending claims or rows"));
    }
    Promise<SequenceRanges.ClaimResult> taken = Promise.promise();
    SequenceSession known = sessions.computeIfAbsent(session, SequenceSession::new);
    if (known.add(new Claim(first, rows, taken))) {
      next(known);
    }
    return CallerContext.complete(vertx, taken.future().onComplete(done -> release(rows)));
  }

  private boolean tryAcquire(int rows) {
    if (waiting.tryAcquire()) {
      if (waitingRows.tryAcquire(rows)) {
        return true;
      }
      waiting.release();
    }
    return false;
  }

  private void release(int rows) {
    waiting.release();
    waitingRows.release(rows);
  }

  private void next(SequenceSession session) {
    List<Claim> claims = session.next();
    if (claims.isEmpty()) {
      return;
    }
    Change change = new Change(session, claims, session.known(), 0);
    if (change.expected() == null) {
      readEntry(change, NO_CHANGE, () -> {});
    } else {
      tryChange(change);
    }
  }

  private void tryChange(Change change) {
    SequenceSession.Outcome outcome = change.session().apply(change.claims());
    String changeId = instanceId + ':' + changeCount.incrementAndGet();
    String entry =
        new SequenceEntry(outcome.after(), changeId, clock.instant().getEpochSecond()).write();
    Runnable succeed = () -> succeed(change, outcome, entry);
    String key = change.session().key();
    Future<Boolean> write =
        change.expected() == null
            ? map.add(key, entry)
            : map.replace(key, change.expected(), entry);
    write
        .onSuccess(
            written -> {
              if (written) {
                succeed(change, outcome, entry);
              } else {
                readEntry(change, changeId, succeed);
              }
            })
        .onFailure(
            failure -> {
              if (failure instanceof UnavailableException) {
                fail(change, failure);
              } else {
                readEntry(change, changeId, succeed); // The change may have been made.
              }
            });
  }

  /**
   * Reads the entry because it is unknown, another instance has changed it, or a reply was lost.
   *
   * @param changeId id of the change that may have been made
   * @param succeed completes that change
   */
  private void readEntry(Change change, String changeId, Runnable succeed) {
    SequenceSession session = change.session();
    if (change.attempts() == MAX_ATTEMPTS) {
      fail(
          change,
          new UnavailableException("other instances changed the entry " + MAX_ATTEMPTS + " times"));
      return;
    }
    map.get(session.key())
        .onSuccess(
            entry -> {
              if (entry != null && entry.contains(changeId)) {
                succeed.run();
                return;
              }
              if (entry != null) {
                session.observe(entry);
              }
              tryChange(new Change(session, change.claims(), entry, change.attempts() + 1));
            })
        .onFailure(failure -> fail(change, failure));
  }

  private void succeed(Change change, SequenceSession.Outcome outcome, String entry) {
    change.session().recordChange(entry, outcome.after());
    for (int i = 0; i < change.claims().size(); i++) {
      Promise<SequenceRanges.ClaimResult> claim = change.claims().get(i).result();
      outcome
          .results()
          .get(i)
          .ifPresentOrElse(claim::complete, () -> claim.fail(new GapTooLargeException()));
    }
    next(change.session());
  }

  private void fail(Change change, Throwable failure) {
    SequenceSession session = change.session();
    log.warn("Cannot claim rows of session {}: {}", session.key(), failure.toString());
    if (session.known() == null) {
      sessions.remove(session.key(), session); // Bounds memory: the session may not exist.
    }
    change
        .claims()
        .forEach(claim -> claim.result().fail(new UnavailableException("cannot claim rows now")));
    next(session);
  }

  /** Removes idle sessions and invalid entries. */
  Future<Void> sweep() {
    return map.sweep();
  }

  private void forget(long oldest) {
    sessions.values().removeIf(session -> session.isExpired(oldest));
  }
}
