package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.Money;
import dev.paymeter.payment.port.GatewayResult;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The lines of a journal, in a compact form. Not thread-safe. */
final class JournalContent {
  private static final short APPROVED = 1;
  private static final short AUTHORIZED = 2;
  private static final short CANCELED = 3;
  private static final short EXPIRED = 4;
  private static final short ACTION_REQUIRED = 5;

  /** The distance between two marks in the file. */
  private static final int MARK_DISTANCE = 256 << 10;

  private final Path journal;
  private final ReferenceTable transfers = new ReferenceTable();
  private final List<GatewayResult> results = new ArrayList<>();
  private final Map<GatewayResult, Short> resultNumbers = new HashMap<>();
  private final List<Mark> marks = new ArrayList<>();

  /** Until when the amounts are held. */
  private final Map<UUID, Instant> holds = new HashMap<>();

  /** The charges whose refunds fail after they were approved. */
  private final Set<UUID> failingRefunds = new HashSet<>();

  /** The payers that have to act. */
  private final Map<UUID, SimulatedPayer> payers = new HashMap<>();

  /** The captured amounts. */
  private final Map<UUID, Money> captures = new HashMap<>();

  /** The disputes of charges, and those of held amounts once they are captured. */
  private final Map<UUID, SimulatedDispute> disputes = new HashMap<>();

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
    // Unused: 0 is an unknown reference; the following are approvals, holds, their ends, actions.
    results.addAll(Collections.nCopies(ACTION_REQUIRED + 1, JournalEntry.NEVER_RECEIVED));
    marks.clear();
    holds.clear();
    captures.clear();
    disputes.clear();
    failingRefunds.clear();
    payers.clear();
    account = null;
    newest = Instant.MIN;
    received = 0;
  }

  /** Adds a line, in the order of the file. */
  void add(JournalEntry line, long position) {
    dispute(line);
    mark(position);
    newest = line.at().isAfter(newest) ? line.at() : newest;
    switch (line.kind()) {
      case APPROVED -> approve(line, position);
      case AUTHORIZED -> {
        transfers.put(
            line.reference(), AUTHORIZED, Objects.requireNonNull(line.order()).amount(), position);
        holds.put(line.reference(), Objects.requireNonNull(line.expiresAt()));
      }
      case ACTION_REQUIRED -> {
        transfers.put(
            line.reference(),
            ACTION_REQUIRED,
            Objects.requireNonNull(line.order()).amount(),
            position);
        payers.put(line.reference(), Objects.requireNonNull(line.payer()));
      }
      case AUTHENTICATED -> {
        short value = line.expiresAt() == null ? APPROVED : AUTHORIZED;
        end(line, value, transfers.amount(line.reference()));
        if (line.expiresAt() != null) {
          holds.put(line.reference(), line.expiresAt());
        }
      }
      case UNAUTHENTICATED -> end(line, resultNumber(line.result()), 0);
      case CAPTURED -> {
        JournalEntry.Order captured = Objects.requireNonNull(line.order());
        end(line, APPROVED, captured.amount());
        captures.put(line.reference(), captured.money());
      }
      case CANCELED -> end(line, CANCELED, 0);
      case EXPIRED -> end(line, EXPIRED, 0);
      case REFUSED, FAILED, NEVER ->
          transfers.put(line.reference(), resultNumber(line.result()), 0, position);
      case AGAIN -> {}
      case ACCOUNT -> account = account == null ? line.reference() : account;
    }
    if (line.hasFailingRefunds()) {
      failingRefunds.add(line.reference());
    }
    if (line.order() != null && !line.isRefund() && line.kind() != JournalEntry.Kind.CAPTURED) {
      received++;
    }
  }

  private void dispute(JournalEntry line) {
    SimulatedDispute.of(line).ifPresent(dispute -> disputes.put(line.reference(), dispute));
    if (line.kind() == JournalEntry.Kind.CAPTURED) {
      Money captured = Objects.requireNonNull(line.order()).money();
      disputes.computeIfPresent(
          line.reference(), (reference, held) -> held.captured(line.at(), captured));
    }
  }

  /** Returns the dispute of a charge; null if there is none. */
  @Nullable SimulatedDispute dispute(UUID reference) {
    SimulatedDispute dispute = disputes.get(reference);
    return dispute != null && transfers.get(reference) == APPROVED ? dispute : null;
  }

  /** Returns the references of the charges with disputes, and of held amounts with future ones. */
  List<UUID> disputed() {
    return List.copyOf(disputes.keySet());
  }

  /** Ends a hold, or the wait for a payer; the position is still that of the first line. */
  private void end(JournalEntry line, short value, long amount) {
    transfers.put(line.reference(), value, amount, transfers.position(line.reference()));
    holds.remove(line.reference());
    payers.remove(line.reference());
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
    return switch (number) {
      case 0 -> null;
      case APPROVED -> approval(reference);
      case AUTHORIZED ->
          JournalEntry.authorized(reference, Objects.requireNonNull(holds.get(reference)));
      case CANCELED -> JournalEntry.canceled(reference, false);
      case EXPIRED -> JournalEntry.canceled(reference, true);
      case ACTION_REQUIRED ->
          JournalEntry.actionRequired(Objects.requireNonNull(payers.get(reference)));
      default -> results.get(number);
    };
  }

  private GatewayResult approval(UUID reference) {
    Money captured = captures.get(reference);
    return captured == null
        ? JournalEntry.approved(reference)
        : JournalEntry.captured(reference, captured);
  }

  /** Returns the rest of a charge, which is 0 unless it was approved or captured. */
  long amount(UUID charge) {
    return transfers.get(charge) == APPROVED ? transfers.amount(charge) : 0;
  }

  /** Returns whether refunds of a charge fail after they were approved. */
  boolean hasFailingRefunds(UUID charge) {
    return failingRefunds.contains(charge);
  }

  /** Returns the amount that is held. */
  long held(UUID reference) {
    return transfers.get(reference) == AUTHORIZED ? transfers.amount(reference) : 0;
  }

  /** Returns the payer that has to act; null if none has to. */
  @Nullable SimulatedPayer payer(UUID reference) {
    return payers.get(reference);
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
