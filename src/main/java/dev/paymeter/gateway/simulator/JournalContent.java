package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.port.GatewayResult;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The lines of a journal, in a compact form. Not thread-safe. */
final class JournalContent {
  private static final short APPROVED = 1;

  /** The distance between two marks in the file. */
  private static final int MARK_DISTANCE = 256 << 10;

  private final Path journal;
  private final ReferenceTable transfers = new ReferenceTable();
  private final List<GatewayResult> results = new ArrayList<>();
  private final Map<GatewayResult, Short> resultNumbers = new HashMap<>();
  private final List<Mark> marks = new ArrayList<>();
  private @Nullable UUID account;
  private Instant newest = Instant.MIN;
  private long received;

  /**
   * The beginning of a line.
   *
   * @param newest the newest time of the lines before it
   */
  private record Mark(long position, Instant newest) {}

  /**
   * @param journal named in errors
   */
  JournalContent(Path journal) {
    this.journal = journal;
    clear();
  }

  /** Removes all lines. */
  void clear() {
    transfers.clear();
    results.clear();
    resultNumbers.clear();
    results.add(JournalEntry.NEVER_RECEIVED); // Unused: 0 is an unknown reference, 1 an approval.
    results.add(JournalEntry.NEVER_RECEIVED);
    marks.clear();
    account = null;
    newest = Instant.MIN;
    received = 0;
  }

  /** Adds a line, in the order of the file. */
  void add(JournalEntry line, long position) {
    mark(position);
    newest = line.at().isAfter(newest) ? line.at() : newest;
    switch (line.kind()) {
      case APPROVED -> approve(line, position);
      case REFUSED, NEVER ->
          transfers.put(line.reference(), resultNumber(line.result()), 0, position);
      case AGAIN -> {}
      case ACCOUNT -> account = account == null ? line.reference() : account;
    }
    if (line.order() != null && !line.isRefund()) {
      received++;
    }
  }

  private void mark(long position) {
    long last = marks.isEmpty() ? 0 : marks.get(marks.size() - 1).position();
    if (position - last >= MARK_DISTANCE) {
      marks.add(new Mark(position, newest));
    }
  }

  private void approve(JournalEntry line, long position) {
    long amount = Objects.requireNonNull(line.order()).amount();
    UUID charge = line.refundOf();
    transfers.put(line.reference(), APPROVED, charge == null ? amount : 0, position);
    if (charge != null) {
      transfers.add(charge, -amount);
    }
  }

  /**
   * Returns the number of a result other than an approval; the few distinct ones are stored once.
   */
  private short resultNumber(GatewayResult result) {
    return resultNumbers.computeIfAbsent(
        result,
        added -> {
          if (results.size() == Short.MAX_VALUE) {
            throw new IllegalStateException("too many distinct results in " + journal);
          }
          results.add(added);
          return (short) (results.size() - 1);
        });
  }

  /** Returns the account; null if no line has one. */
  @Nullable UUID account() {
    return account;
  }

  /** Returns the number of payments that were received. */
  long received() {
    return received;
  }

  /** Returns the first result of a reference; null if it is unknown. */
  @Nullable GatewayResult result(UUID reference) {
    short number = transfers.get(reference);
    if (number == 0) {
      return null;
    }
    return number == APPROVED ? JournalEntry.approved(reference) : results.get(number);
  }

  /** Returns the rest of a charge, which is 0 unless it was approved. */
  long amount(UUID charge) {
    return transfers.amount(charge);
  }

  /** Returns the position of the first line of a known reference. */
  long position(UUID reference) {
    return transfers.position(reference);
  }

  /** Returns the beginning of a line before which all lines are older. */
  long positionBefore(Instant since) {
    for (int i = marks.size() - 1; i >= 0; i--) {
      if (marks.get(i).newest().isBefore(since)) {
        return marks.get(i).position();
      }
    }
    return 0;
  }
}
