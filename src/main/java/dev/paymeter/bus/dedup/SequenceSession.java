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
 * A publisher's session in one instance: its waiting claims and the known accepted numbers. Changes
 * of a session are made one at a time.
 */
final class SequenceSession {
  private static final Logger log = LoggerFactory.getLogger(SequenceSession.class);

  private final String key;
  private final List<Claim> waiting = new ArrayList<>();
  private boolean busy;

  /** The last known entry in the map. Used only by the change in progress. */
  private volatile @Nullable String known;

  /** The accepted numbers of all entries that were read. */
  private volatile @Nullable SequenceRanges taken;

  SequenceSession(String key) {
    this.key = key;
  }

  record Claim(long first, int rows, Promise<SequenceRanges.ClaimResult> result) {}

  /**
   * Result of applying a change's claims.
   *
   * @param after the accepted numbers after the change
   * @param results one per claim; empty if the claim skips too many numbers
   */
  record Outcome(SequenceRanges after, List<Optional<SequenceRanges.ClaimResult>> results) {}

  String key() {
    return key;
  }

  @Nullable String known() {
    return known;
  }

  /** Adds a waiting claim. Returns whether the caller has to begin the next change. */
  synchronized boolean add(Claim claim) {
    waiting.add(claim);
    boolean begins = !busy;
    busy = true;
    return begins;
  }

  /**
   * Returns the waiting claims for the next change, which may be none. They are sorted by rows, so
   * that claims that arrived out of order leave no gap.
   */
  synchronized List<Claim> next() {
    List<Claim> claims = new ArrayList<>(waiting);
    waiting.clear();
    busy = !claims.isEmpty();
    claims.sort(Comparator.comparingLong(Claim::first));
    return claims;
  }

  Outcome apply(List<Claim> claims) {
    SequenceRanges before = taken;
    SequenceRanges sequenceRanges =
        before == null ? SequenceRanges.startingAt(claims.get(0).first()) : before;
    List<Optional<SequenceRanges.ClaimResult>> answers = new ArrayList<>();
    for (Claim claim : claims) {
      if (claim.first() - sequenceRanges.next() > SequenceDeduplicator.MAX_MISSING) {
        answers.add(Optional.empty());
        continue;
      }
      SequenceRanges.ClaimResult result = sequenceRanges.claim(claim.first(), claim.rows());
      sequenceRanges = result.after();
      answers.add(Optional.of(result));
    }
    return new Outcome(sequenceRanges, answers);
  }

  void recordChange(String entry, SequenceRanges after) {
    known = entry;
    taken = after;
  }

  /**
   * Records the entry read from the map. Numbers accepted earlier stay accepted, also if the map
   * has lost the session or contains the entry of another part of a split cluster.
   */
  void observe(String entry) {
    known = entry;
    try {
      SequenceRanges current = SequenceEntry.parse(entry).ranges();
      SequenceRanges before = taken;
      taken = before == null ? current : before.merge(current);
    } catch (IllegalArgumentException foreign) {
      log.warn(
          "Replacing an invalid entry in the map {} for session {}",
          SequenceDeduplicator.MAP,
          key,
          foreign);
    }
  }

  /**
   * Returns whether no change is in progress and the last one is older than a second since 1970.
   */
  synchronized boolean isExpired(long oldest) {
    String entry = known;
    return !busy && (entry == null || SequenceStore.isOlder(entry, oldest));
  }
}
