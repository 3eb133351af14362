package dev.paymeter.support.settlement;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;

/**
 * Adds payments with refunds and disputes as they are every day. All times are an hour or more from
 * midnight, so that a day is beyond doubt.
 */
final class HonestHistory {
  /** Days before the file from which payments may be booked in it. */
  private static final int DAYS_BEFORE = 3;

  /** Days after the file that the ledger has, too. */
  private static final int DAYS_AFTER = 2;

  private final SettlementDraft draft;
  private final Days days;

  HonestHistory(SettlementDraft draft) {
    this.draft = draft;
    days = draft.days;
  }

  void add(int payments) {
    for (int number = 0; number < payments; number++) {
      LocalDate day =
          days.dayBetween(days.from().minusDays(DAYS_BEFORE), days.to().plusDays(DAYS_AFTER));
      Instant settledAt = days.within(day);
      switch (draft.random.nextInt(40)) {
        case 0, 1 -> addFailed(settledAt);
        case 2 -> addUnsettled(settledAt);
        case 3 -> addVoided(settledAt);
        case 4, 5 -> draft.addElsewhere(settledAt);
        case 6 -> withLine(captured(settledAt));
        case 7, 8 -> withLine(settledMinutesLater(settledAt));
        case 9, 10 -> addRefunds(withLine(draft.paid(settledAt)));
        case 11 -> addFailedRefund(withLine(draft.paid(settledAt)));
        case 12 -> addDispute(withLine(draft.paid(settledAt)));
        default -> withLine(draft.paid(settledAt));
      }
    }
    for (LocalDate day = days.from(); !day.isAfter(days.to()); day = day.plusDays(1)) {
      addDaily(day);
    }
  }

  /** Adds a payment, so that the file has a line of each day, and a fee without a payment. */
  private void addDaily(LocalDate day) {
    Instant settledAt = days.within(day);
    draft.add(draft.line(draft.paid(settledAt), days.sameDay(settledAt)));
    draft.add(
        draft.line(
            "fee_" + day.toString().replace("-", ""),
            "fee",
            "",
            new BigDecimal("-4.90"),
            "USD",
            days.anyOn(day)));
  }

  /** Adds the line, unless it is in the file before or after this one. */
  private LedgerPayment withLine(LedgerPayment payment) {
    Instant settledAt = payment.settledAt();
    if (settledAt == null) {
      throw new IllegalArgumentException(payment.toString());
    }
    LocalDate day = days.dayOf(settledAt);
    if (!day.isAfter(days.to()) && (!day.isBefore(days.from()) || draft.random.nextBoolean())) {
      draft.add(draft.line(payment, days.inTime(settledAt)));
    }
    return payment;
  }

  private void addFailed(Instant settledAt) {
    String currency = draft.currency();
    draft.add(
        "failed",
        draft.amount(currency),
        currency,
        null,
        settledAt.minusSeconds(1),
        null,
        settledAt);
  }

  private void addUnsettled(Instant createdAt) {
    String currency = draft.currency();
    boolean isUnknown = draft.random.nextBoolean();
    draft.add(
        isUnknown ? "unknown" : "pending",
        draft.amount(currency),
        currency,
        null,
        createdAt,
        isUnknown ? createdAt.plusSeconds(10) : null,
        null);
  }

  private void addVoided(Instant settledAt) {
    String currency = draft.currency();
    BigDecimal amount = draft.amount(currency);
    draft.add("voided", amount, currency, amount, settledAt.minusSeconds(1800), null, settledAt);
  }

  /** Adds a payment of which a part of the authorized amount was captured. */
  private LedgerPayment captured(Instant settledAt) {
    String currency = draft.currency();
    BigDecimal amount = draft.amount(currency);
    BigDecimal authorized = amount.multiply(BigDecimal.valueOf(2));
    return draft.add(
        "success", amount, currency, authorized, settledAt.minusSeconds(1800), null, settledAt);
  }

  /** Adds a payment with an unknown outcome that was found the same day. */
  private LedgerPayment settledMinutesLater(Instant settledAt) {
    Instant createdAt = settledAt.minusSeconds(draft.random.nextLong(60, 1_800));
    return draft.paid(draft.currency(), createdAt, createdAt.plusSeconds(10), settledAt);
  }

  /** Adds refunds of a part twice, in equal amounts at times, or of a part or all. */
  private void addRefunds(LedgerPayment payment) {
    if (draft.oneIn(3)) {
      long all = payment.amount().unscaledValue().longValueExact();
      BigDecimal first = SettlementDraft.minor(all / 3, payment.currency());
      addRefund(payment, first);
      addRefund(payment, draft.oneIn(2) ? first : payment.amount().subtract(first));
    } else {
      addRefund(payment, draft.part(payment));
    }
  }

  private void addRefund(LedgerPayment payment, BigDecimal amount) {
    addRefund(payment, amount, afterwards(payment));
  }

  private void addRefund(LedgerPayment payment, BigDecimal amount, Instant settledAt) {
    LedgerRefund refund = draft.refunded(payment, amount, settledAt);
    if (isInFile(settledAt)) {
      draft.add(draft.line(refund, payment, days.inTime(settledAt)));
    }
  }

  /** Adds a refund that fails, at once or after its success, and another one that replaces it. */
  private void addFailedRefund(LedgerPayment payment) {
    Instant settledAt = afterwards(payment);
    if (draft.random.nextBoolean()) {
      draft.add(payment, "failed", draft.part(payment), settledAt, null);
      addRefund(payment, payment.amount(), days.within(days.dayOf(settledAt).plusDays(1)));
    } else {
      LocalDate failedOn = days.dayOf(settledAt).plusDays(draft.random.nextInt(1, 4));
      Instant failedAt = days.within(failedOn);
      LedgerRefund refund = draft.add(payment, "success", draft.part(payment), settledAt, failedAt);
      if (isInFile(settledAt)) {
        draft.add(draft.line(refund, payment, days.sameDay(settledAt)));
      }
      if (isInFile(failedAt)) {
        draft.add(draft.failureLine(refund, payment, days.sameDay(failedAt)));
      }
      addRefund(payment, payment.amount(), days.within(failedOn.plusDays(1)));
    }
  }

  private void addDispute(LedgerPayment payment) {
    Instant createdAt = afterwards(payment);
    switch (draft.random.nextInt(6)) {
      case 0 -> addWarning(payment, "warning_needs_response", createdAt);
      case 1 -> addWarning(payment, "warning_closed", createdAt);
      case 2 -> addWithdrawn(payment, "needs_response", createdAt);
      case 3 -> addWithdrawn(payment, "under_review", createdAt);
      case 4 -> addEnded(payment, "lost", createdAt);
      default -> addEnded(payment, "won", createdAt);
    }
  }

  /** Adds a warning, which has no line. */
  private void addWarning(LedgerPayment payment, String status, Instant createdAt) {
    draft.disputed(
        payment, status, payment.amount(), payment.currency(), createdAt, createdAt.plusSeconds(5));
  }

  private void addWithdrawn(LedgerPayment payment, String status, Instant createdAt) {
    boolean isInDollars = draft.oneIn(4);
    LedgerDispute dispute =
        draft.disputed(
            payment,
            status,
            isInDollars ? draft.amount("USD") : draft.part(payment),
            isInDollars ? "USD" : payment.currency(),
            createdAt,
            createdAt.plusSeconds(5));
    addLine(dispute, payment);
  }

  private void addEnded(LedgerPayment payment, String status, Instant createdAt) {
    LocalDate endedOn = days.dayOf(createdAt).plusDays(draft.random.nextInt(1, 9));
    Instant endedAt = days.within(endedOn);
    LedgerDispute dispute =
        draft.disputed(
            payment, status, draft.part(payment), payment.currency(), createdAt, endedAt);
    addLine(dispute, payment);
    if (status.equals("won") && isInFile(endedAt)) {
      draft.add(draft.wonLine(dispute, payment, days.sameDay(endedAt)));
    }
  }

  private void addLine(LedgerDispute dispute, LedgerPayment payment) {
    if (isInFile(dispute.createdAt())) {
      draft.add(draft.line(dispute, payment, days.sameDay(dispute.createdAt())));
    }
  }

  /** Returns a time on one of the days after the payment. */
  private Instant afterwards(LedgerPayment payment) {
    LocalDate day = days.dayOf(payment.createdAt());
    return days.within(day.plusDays(draft.random.nextInt(1, 7)));
  }

  private boolean isInFile(Instant time) {
    LocalDate day = days.dayOf(time);
    return !day.isBefore(days.from()) && !day.isAfter(days.to());
  }
}
