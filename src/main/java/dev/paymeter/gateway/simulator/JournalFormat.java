package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.Money;
import dev.paymeter.settlement.BookingTime;
import dev.paymeter.settlement.InvalidFileException;
import dev.paymeter.settlement.LineType;
import dev.paymeter.settlement.SettlementFormat;
import dev.paymeter.settlement.SettlementLine;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * The journal of a simulated gateway as a settlement file: what it has moved, without fees and
 * payouts. The service may be writing it: an incomplete last line is not read.
 */
public final class JournalFormat implements SettlementFormat {
  private static final int MAX_LINE = 1 << 16;

  private final Clock clock;

  /**
   * @param clock of the gateway: the ends of disputes are in no line, but follow from the time
   */
  public JournalFormat(Clock clock) {
    this.clock = clock;
  }

  @Override
  public String name() {
    return "simulator";
  }

  @Override
  public boolean matches(String firstLine) {
    return firstLine.startsWith("{")
        && firstLine.contains("\"reference\":")
        && firstLine.contains("\"kind\":");
  }

  @Override
  public String expectedFirstLine() {
    return "a line of a simulated gateway's journal";
  }

  @Override
  public void read(InputStream file, ZoneId zone, LineReceiver lines)
      throws IOException, InvalidFileException {
    Movements movements = new Movements(zone, clock.instant(), lines);
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    long number = 1;
    for (int c = file.read(); c >= 0; c = file.read()) {
      if (c != '\n') {
        line.write(c);
        if (line.size() > MAX_LINE) {
          throw new InvalidFileException(
              number, null, "a line of at most " + MAX_LINE + " bytes", "more");
        }
      } else {
        add(number, line, movements);
        line.reset();
        number++;
      }
    }
  }

  private static void add(long number, ByteArrayOutputStream line, Movements movements)
      throws IOException, InvalidFileException {
    try {
      movements.add(number, JournalEntry.of(Buffer.buffer(line.toByteArray())));
    } catch (IllegalArgumentException
        | NullPointerException e) { // A field has no, or another, value.
      InvalidFileException invalid =
          new InvalidFileException(
              number, null, "a line of a journal", line.toString(StandardCharsets.UTF_8));
      invalid.initCause(e);
      throw invalid;
    }
  }

  /** The movements of money that follow from the lines of a journal. */
  private static final class Movements {
    private final ZoneId zone;
    private final Instant now;
    private final LineReceiver lines;

    /** The amounts of payments that wait for their payers. */
    private final Map<UUID, Money> waiting = new HashMap<>();

    /** The disputes of payments that have moved nothing yet. */
    private final Map<UUID, SimulatedDispute> disputes = new HashMap<>();

    Movements(ZoneId zone, Instant now, LineReceiver lines) {
      this.zone = zone;
      this.now = now;
      this.lines = lines;
    }

    void add(long number, JournalEntry entry) throws IOException {
      SimulatedDispute.of(entry).ifPresent(dispute -> disputes.put(entry.reference(), dispute));
      switch (entry.kind()) {
        case APPROVED -> {
          if (entry.isRefund()) {
            refund(number, entry, LineType.REFUND);
          } else {
            payment(number, entry, money(entry));
          }
        }
        case FAILED -> {
          refund(number, entry, LineType.REFUND);
          refund(number, entry, LineType.REFUND_FAILED);
        }
        case CAPTURED -> {
          disputes.computeIfPresent(
              entry.reference(), (reference, held) -> held.captured(entry.at(), money(entry)));
          payment(number, entry, money(entry));
        }
        case ACTION_REQUIRED -> waiting.put(entry.reference(), money(entry));
        case AUTHENTICATED -> {
          Money amount = waiting.remove(entry.reference());
          if (entry.expiresAt() == null && amount != null) {
            payment(number, entry, amount);
          }
        }
        case UNAUTHENTICATED, CANCELED, EXPIRED -> {
          waiting.remove(entry.reference());
          disputes.remove(entry.reference());
        }
        case AUTHORIZED, REFUSED, NEVER, AGAIN, ACCOUNT -> {}
      }
    }

    private static Money money(JournalEntry entry) {
      return Objects.requireNonNull(entry.order()).money();
    }

    private void payment(long number, JournalEntry entry, Money amount) throws IOException {
      String reference = entry.reference().toString();
      accept(number, LineType.PAYMENT, reference, "", amount, entry.at());
      SimulatedDispute dispute = disputes.remove(entry.reference());
      if (dispute != null && dispute.kind() != SimulatedDispute.Kind.WARNING) {
        String id = SimulatedDispute.id(entry.reference());
        accept(number, LineType.DISPUTE, id, reference, dispute.amount(), dispute.since());
        Instant decided = dispute.since().plus(SimulatedDispute.DECISION);
        if (dispute.kind() == SimulatedDispute.Kind.WON && !now.isBefore(decided)) {
          accept(number, LineType.DISPUTE_WON, id, reference, dispute.amount(), decided);
        }
      }
    }

    private void refund(long number, JournalEntry entry, LineType type) throws IOException {
      accept(
          number,
          type,
          entry.reference().toString(),
          Objects.requireNonNull(entry.refundOf()).toString(),
          money(entry),
          entry.at());
    }

    private void accept(
        long number, LineType type, String reference, String payment, Money amount, Instant at)
        throws IOException {
      boolean isWithdrawn = type == LineType.REFUND || type == LineType.DISPUTE;
      BigDecimal moved = isWithdrawn ? amount.amount().negate() : amount.amount();
      lines.accept(
          new SettlementLine(
              number,
              type,
              reference,
              payment,
              moved,
              null,
              null,
              amount.currency(),
              BookingTime.at(at, zone),
              ""));
    }
  }
}
