package dev.paymeter.bus.dedup;

import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A publisher's session in one instance: the claims that wait for the change in progress, and the
 * numbers that are known to be taken. Changes of a session are made one after the other.
 */
final class SequenceSession {
  private static final Logger log = LoggerFactory.getLogger(SequenceSession.class);

  private final String key;
  private final List<Claim> waiting = new ArrayList<>();
  private boolean busy;

  /** The entry of the map when it was last seen. Used by the change in progress only. */
  private volatile @Nullable String known;

  /** The numbers taken by the entry, and by all entries that were seen before. */
  private volatile @Nullable SequenceRanges taken;

  SequenceSession(String key) {
    this.key = key;
  }

  /** A claim of rows, completed when the change that makes it is. */
  record Claim(long first, int rows, Promise<SequenceRanges.Taken> taken) {}

  /**
   * The claims of a change.
   *
   * @param after the numbers that are taken after it
   * @param answers to each claim; empty for one that skips too many numbers
   */
  record Outcome(SequenceRanges after, List<Optional<SequenceRanges.Taken>> answers) {}

  String key() {
    return key;
  }

  @Nullable String known() {
    return known;
  }

  /**
   * Adds a claim to those that wait.
   *
   * @return whether the caller has to begin the next change
   */
  synchronized boolean add(Claim claim) {
    waiting.add(claim);
    boolean begins = !busy;
    busy = true;
    return begins;
  }

  /**
   * Returns the waiting claims for the next change, if there are any. They are in the order of
   * their rows: a claim that overtook another on its way leaves no gap.
   */
  synchronized List<Claim> next() {
    List<Claim> claims = new ArrayList<>(waiting);
    waiting.clear();
    busy = !claims.isEmpty();
    claims.sort(Comparator.comparingLong(Claim::first));
    return claims;
  }

  Outcome outcome(List<Claim> claims) {
    SequenceRanges before = taken;
    SequenceRanges sequenceRanges =
        before == null ? SequenceRanges.beginningWith(claims.get(0).first()) : before;
    List<Optional<SequenceRanges.Taken>> answers = new ArrayList<>();
    for (Claim claim : claims) {
      if (claim.first() - sequenceRanges.next() > SequenceDeduplicator.MOST_MISSING) {
        answers.add(Optional.empty());
        continue;
      }
      SequenceRanges.Taken one = sequenceRanges.take(claim.first(), claim.rows());
      sequenceRanges = one.after();
      answers.add(Optional.of(one));
    }
    return new Outcome(sequenceRanges, answers);
  }

  /** Notes that a change was made. */
  void changed(String entry, SequenceRanges after) {
    known = entry;
    taken = after;
  }

  /**
   * Notes the entry of the map. If the map has lost the session, or continues with the entry of
   * another part of a cluster that was split, numbers that were seen as taken stay taken.
   */
  void see(String found) {
    known = found;
    try {
      SequenceRanges there = SequenceEntry.parse(found).sequenceRanges();
      SequenceRanges before = taken;
      taken = before == null ? there : before.with(there);
    } catch (IllegalArgumentException foreign) {
      log.warn(
          "{} has an invalid entry for {}; it is replaced", SequenceDeduplicator.MAP, key, foreign);
    }
  }

  /** Returns whether no change is in progress, and the last was made before a second since 1970. */
  synchronized boolean isForgotten(long oldest) {
    String entry = known;
    return !busy && (entry == null || SequenceStore.isOlder(entry, oldest));
  }
}
