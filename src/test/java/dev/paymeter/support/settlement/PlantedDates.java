package dev.paymeter.support.settlement;

import static dev.paymeter.support.settlement.DiscrepancyKind.DAY_BOUNDARY;
import static dev.paymeter.support.settlement.DiscrepancyKind.LATE;
import static dev.paymeter.support.settlement.DiscrepancyKind.SETTLED_LATER;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;

/** Plants lines that are booked on another day than the ledger's. */
final class PlantedDates {
  private static final Duration LIMIT = Duration.ofDays(5);

  private final SettlementDraft draft;
  private final Days days;

  PlantedDates(SettlementDraft draft) {
    this.draft = draft;
    days = draft.days;
  }

  void add(int ofEachKind) {
    for (int number = 0; number < ofEachKind; number++) {
      plantLate(number % 8);
      plantDayBoundary(number % 11);
      plantSettledLater(number % 6);
    }
  }

  private void plantLate(int form) {
    Instant bookedAt;
    Instant settledAt;
    do {
      bookedAt = days.within(days.anyDay());
      LocalDate earlier = days.dayOf(bookedAt).minusDays(draft.random.nextInt(7, 12));
      settledAt =
          switch (form) {
            case 0, 1 -> bookedAt.minus(LIMIT).minusSeconds(1);
            case 2 -> bookedAt.minus(LIMIT).minusSeconds(draft.random.nextLong(60, 86_400));
            case 3 -> bookedAt.minus(Duration.ofHours(draft.random.nextLong(500, 900)));
            case 4 -> days.beforeMidnight(earlier);
            default -> days.within(earlier);
          };
      // Without a change of the offset, five days are as long by the clock as they are in hours.
    } while (form <= 2 && !days.haveSameOffset(settledAt, bookedAt));
    Booking booking = form == 5 || form == 6 ? Days.on(days.dayOf(bookedAt)) : days.at(bookedAt);
    if (form == 6) {
      Instant paidAt = settledAt.minus(Duration.ofDays(40));
      LedgerPayment payment = draft.paid(paidAt);
      LedgerRefund refund = draft.refunded(payment, draft.part(payment), settledAt);
      draft.plant(LATE, draft.line(refund, payment, booking));
    } else if (form == 7) {
      Instant createdAt = settledAt.minusSeconds(draft.random.nextLong(60, 3_000));
      LedgerPayment payment =
          draft.paid(draft.currency(), createdAt, createdAt.plusSeconds(10), settledAt);
      draft.plant(LATE, draft.line(payment, booking));
    } else {
      draft.plant(LATE, draft.line(draft.paid(settledAt), booking));
    }
  }

  private void plantDayBoundary(int form) {
    LocalDate first = days.from();
    LocalDate last = days.to();
    switch (form) {
      case 0, 1 -> plantBookedAfter(anyButLast(), form == 1);
      case 2, 3 -> plantBookedBefore(anyButLast().plusDays(1), form == 3, false);
      case 4 -> plantBookedBefore(anyButLast().plusDays(1), draft.random.nextBoolean(), true);
      // The line is in the file before or after this one.
      case 5 -> plantWithoutLine(draft.paid(days.afterMidnight(first)));
      case 6 -> plantWithoutLine(draft.paid(days.beforeMidnight(last)));
      // The ledger's day is before or after the file.
      case 7 -> plantBookedBefore(last.plusDays(1), draft.random.nextBoolean(), false);
      case 8 -> plantBookedAfter(first.minusDays(1), draft.random.nextBoolean());
      case 9 -> {
        LocalDate day = days.dayBetween(first.plusDays(1), last.minusDays(1));
        LedgerPayment payment = draft.paidWithLine(first, day.minusDays(1));
        LedgerRefund refund =
            draft.refunded(payment, draft.part(payment), days.beforeMidnight(day));
        draft.plant(DAY_BOUNDARY, draft.line(refund, payment, afterMidnight(day.plusDays(1))));
      }
      default -> {
        LedgerPayment payment = draft.paidWithLine(first, last.minusDays(1));
        LedgerRefund refund =
            draft.refunded(payment, draft.part(payment), days.beforeMidnight(last));
        draft.plant(DAY_BOUNDARY, refund.gatewayReference());
      }
    }
  }

  /** Plants a settlement just before midnight whose line is of the next day. */
  private void plantBookedAfter(LocalDate day, boolean isDate) {
    LocalDate next = day.plusDays(1);
    LedgerPayment payment = draft.paid(days.beforeMidnight(day));
    Booking booking = isDate ? Days.on(next) : days.at(days.afterMidnight(next));
    draft.plant(DAY_BOUNDARY, draft.line(payment, booking));
  }

  /** Plants a settlement just after midnight whose line is of the day before. */
  private void plantBookedBefore(LocalDate day, boolean isDate, boolean isUnknown) {
    Instant midnight = days.start(day);
    Instant createdAt = midnight.minusSeconds(draft.random.nextLong(30, 899));
    LedgerPayment payment =
        draft.paid(
            draft.currency(),
            createdAt,
            isUnknown ? createdAt.plusSeconds(10) : null,
            days.afterMidnight(day));
    Booking booking =
        isDate
            ? Days.on(day.minusDays(1))
            : days.at(days.between(createdAt.plusMillis(10), midnight));
    draft.plant(DAY_BOUNDARY, draft.line(payment, booking));
  }

  private void plantWithoutLine(LedgerPayment payment) {
    draft.plant(DAY_BOUNDARY, payment.gatewayReference());
  }

  private Booking afterMidnight(LocalDate day) {
    return draft.random.nextBoolean() ? Days.on(day) : days.at(days.afterMidnight(day));
  }

  /** Returns a day of the file but the last one, often one on which the zone's offset changes. */
  private LocalDate anyButLast() {
    LocalDate last = days.to().minusDays(1);
    if (draft.random.nextBoolean()) {
      for (LocalDate day = days.from(); !day.isAfter(last); day = day.plusDays(1)) {
        if (!days.haveSameOffset(days.start(day), days.end(day))) {
          return day;
        }
      }
    }
    return days.dayBetween(days.from(), last);
  }

  private void plantSettledLater(int form) {
    LocalDate created = days.dayBetween(days.from(), days.to().minusDays(3));
    Instant createdAt = days.within(created);
    LocalDate settled =
        form == 4
            // After the file.
            ? days.to().plusDays(draft.random.nextInt(1, 4))
            : created.plusDays(form == 0 ? 1 : draft.random.nextInt(2, 4));
    Instant settledAt =
        switch (form) {
          // Near a midnight that does not separate both days.
          case 2 -> days.beforeMidnight(settled);
          case 3 -> days.afterMidnight(settled);
          default -> days.within(settled);
        };
    Instant unknownSince = createdAt.plusSeconds(draft.random.nextLong(5, 31));
    LedgerPayment payment = draft.paid(draft.currency(), createdAt, unknownSince, settledAt);
    Booking booking =
        switch (form) {
          case 1 -> Days.on(created);
          // Hours after its creation, or a day.
          case 5 ->
              settled.equals(created.plusDays(3))
                  ? days.anyOn(created.plusDays(1))
                  : days.at(days.between(createdAt, days.end(created)));
          default ->
              draft.oneIn(3)
                  ? Days.on(created)
                  : days.at(createdAt.plusMillis(draft.random.nextLong(0, 60_000)));
        };
    draft.plant(SETTLED_LATER, draft.line(payment, booking));
  }
}
