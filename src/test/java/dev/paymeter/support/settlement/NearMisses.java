package dev.paymeter.support.settlement;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;

/** Adds honest entries that differ little from a discrepancy. */
final class NearMisses {
  private static final Duration LIMIT = Duration.ofDays(5);

  private final SettlementDraft draft;
  private final Days days;

  NearMisses(SettlementDraft draft) {
    this.draft = draft;
    days = draft.days;
  }

  /** Adds some of each form. */
  void add(int ofEachForm) {
    for (int number = 0; number < ofEachForm; number++) {
      addAlmostLate(LIMIT.minusHours(1), "booked 4 d 23 h later");
      addAlmostLate(LIMIT.minusSeconds(1), "booked 5 d less a second later");
      addNearMidnight();
      addJustOutsideMidnight();
      addAcrossTwoMidnights();
      addUnknown();
      addEqualPayments();
      addEqualRefunds();
      addRefundedAndWon();
      addFeeOfDispute();
    }
  }

  private void addAlmostLate(Duration delay, String description) {
    Instant bookedAt;
    Instant settledAt;
    do {
      bookedAt = days.within(days.anyDay());
      settledAt = bookedAt.minus(delay);
    } while (!days.haveSameOffset(settledAt, bookedAt) || isNearMidnight(settledAt));
    LedgerPayment payment = draft.paid(settledAt);
    add(payment, draft.line(payment, days.at(bookedAt)), description);
  }

  /** Adds a payment up to 15 minutes from midnight that is booked on the same day. */
  private void addNearMidnight() {
    LocalDate day = days.anyDay();
    boolean isBefore = draft.random.nextBoolean();
    Instant settledAt = isBefore ? days.beforeMidnight(day) : days.afterMidnight(day);
    LedgerPayment payment = draft.paid(settledAt);
    Booking booking =
        draft.oneIn(3) ? Days.on(day) : days.at(days.between(settledAt, days.end(day)));
    add(payment, draft.line(payment, booking), "near midnight, booked on the same day");
  }

  /** Adds a payment more than 15 minutes before midnight that is booked on the next day. */
  private void addJustOutsideMidnight() {
    LocalDate day = days.dayBetween(days.from(), days.to().minusDays(1));
    long seconds = draft.oneIn(2) ? 901 : draft.random.nextLong(901, 3_600);
    LedgerPayment payment = draft.paid(days.end(day).minusSeconds(seconds));
    LocalDate next = day.plusDays(1);
    Booking booking = draft.oneIn(2) ? Days.on(next) : days.at(days.afterMidnight(next));
    add(payment, draft.line(payment, booking), seconds + " s before midnight, booked next day");
  }

  /** Adds a payment near midnight whose booking is on another day, but not due to this midnight. */
  private void addAcrossTwoMidnights() {
    LocalDate day = days.dayBetween(days.from(), days.to().minusDays(2));
    if (draft.random.nextBoolean()) {
      LedgerPayment payment = draft.paid(days.beforeMidnight(day));
      Booking booking = days.anyOn(day.plusDays(2));
      add(payment, draft.line(payment, booking), "before midnight, booked two days later");
    } else {
      LedgerPayment payment = draft.paid(days.afterMidnight(day));
      Booking booking = days.anyOn(day.plusDays(1));
      add(payment, draft.line(payment, booking), "after midnight, booked on the next day");
    }
  }

  /** Adds a payment with an unknown outcome that is not booked on an earlier day. */
  private void addUnknown() {
    LocalDate day = days.dayBetween(days.from(), days.to().minusDays(2));
    Instant settledAt = days.within(day);
    if (draft.random.nextBoolean()) {
      Instant createdAt = days.start(day).plusSeconds(60);
      LedgerPayment payment =
          draft.paid(draft.currency(), createdAt, createdAt.plusSeconds(10), settledAt);
      Booking booking = draft.oneIn(3) ? Days.on(day) : days.at(createdAt.plusSeconds(1));
      add(payment, draft.line(payment, booking), "unknown for hours, booked that day");
    } else {
      Instant createdAt = days.within(day.minusDays(1));
      LedgerPayment payment =
          draft.paid(draft.currency(), createdAt, createdAt.plusSeconds(10), settledAt);
      Booking booking = days.anyOn(day.plusDays(draft.random.nextInt(1, 3)));
      add(payment, draft.line(payment, booking), "unknown for a day, booked after that");
    }
  }

  /** Adds two payments of the same amount at the same time. */
  private void addEqualPayments() {
    Instant settledAt = days.within(days.anyDay());
    LedgerPayment first = draft.paid(settledAt);
    LedgerPayment second =
        draft.add(
            "success", first.amount(), first.currency(), null, first.createdAt(), null, settledAt);
    Booking booking = days.sameDay(settledAt);
    draft.add(draft.line(first, booking), draft.line(second, booking));
    draft.nearMiss("equal to another payment", first.gatewayReference());
    draft.nearMiss("equal to another payment", second.gatewayReference());
  }

  /** Adds two refunds of the same amount of a payment at the same time. */
  private void addEqualRefunds() {
    LocalDate day = days.dayBetween(days.from(), days.to().minusDays(1));
    LedgerPayment payment = draft.paidWithLine(days.within(day));
    long all = payment.amount().unscaledValue().longValueExact();
    BigDecimal third = SettlementDraft.minor(all / 3, payment.currency());
    Instant settledAt = days.within(day.plusDays(1));
    LedgerRefund first = draft.refunded(payment, third, settledAt);
    LedgerRefund second = draft.refunded(payment, third, settledAt);
    Booking booking = days.sameDay(settledAt);
    draft.add(draft.line(first, payment, booking), draft.line(second, payment, booking));
    draft.nearMiss("equal to another refund", first.gatewayReference());
    draft.nearMiss("equal to another refund", second.gatewayReference());
  }

  /** Adds a refund that failed later, and a dispute that was won: two lines of a reference each. */
  private void addRefundedAndWon() {
    LocalDate day = days.dayBetween(days.from(), days.to().minusDays(3));
    LedgerPayment payment = draft.paidWithLine(days.within(day));
    Instant refundedAt = days.within(day.plusDays(1));
    Instant failedAt = days.within(day.plusDays(2));
    LedgerRefund refund = draft.add(payment, "success", payment.amount(), refundedAt, failedAt);
    draft.add(
        draft.line(refund, payment, days.sameDay(refundedAt)),
        draft.failureLine(refund, payment, days.sameDay(failedAt)));
    draft.nearMiss("failed after its success", refund.gatewayReference());
    Instant wonAt = days.within(day.plusDays(3));
    LedgerDispute dispute =
        draft.disputed(payment, "won", payment.amount(), payment.currency(), refundedAt, wonAt);
    draft.add(
        draft.line(dispute, payment, days.sameDay(refundedAt)),
        draft.wonLine(dispute, payment, days.sameDay(wonAt)));
    draft.nearMiss("was won", dispute.reference());
  }

  /** Adds a dispute, with a fee, of another amount than the payment's. */
  private void addFeeOfDispute() {
    LocalDate day = days.dayBetween(days.from(), days.to().minusDays(1));
    LedgerPayment payment = draft.paidWithLine(days.within(day));
    Instant createdAt = days.within(day.plusDays(1));
    LedgerDispute dispute =
        draft.disputed(
            payment,
            "needs_response",
            payment.amount().add(SettlementDraft.minor(250, payment.currency())),
            payment.currency(),
            createdAt,
            createdAt.plusSeconds(5));
    add(dispute.reference(), draft.line(dispute, payment, days.sameDay(createdAt)));
  }

  private void add(String reference, FileLine line) {
    draft.add(line);
    draft.nearMiss("disputed in another amount than the payment's", reference);
  }

  private void add(LedgerPayment payment, FileLine line, String description) {
    draft.add(line);
    draft.nearMiss(description, payment.gatewayReference());
  }

  private boolean isNearMidnight(Instant time) {
    LocalDate day = days.dayOf(time);
    return time.isBefore(days.start(day).plusSeconds(3_600))
        || !time.isBefore(days.end(day).minusSeconds(3_600));
  }
}
