package dev.paymeter.support.settlement;

import static dev.paymeter.support.settlement.DiscrepancyKind.CHARGEBACK;
import static dev.paymeter.support.settlement.DiscrepancyKind.DUPLICATE;
import static dev.paymeter.support.settlement.DiscrepancyKind.MISSING_HERE;
import static dev.paymeter.support.settlement.DiscrepancyKind.MISSING_THERE;
import static dev.paymeter.support.settlement.DiscrepancyKind.REFUND_WITHOUT_PAYMENT;
import static dev.paymeter.support.settlement.DiscrepancyKind.SPLIT_BATCH;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** Plants lines that are missing, that have no entry in the ledger, or are more than one. */
final class PlantedReferences {
  /** Longest time from a payment to another booking of it in these forms, in days. */
  private static final int MAX_DAYS = 3;

  private final SettlementDraft draft;
  private final Days days;

  PlantedReferences(SettlementDraft draft) {
    this.draft = draft;
    days = draft.days;
  }

  void add(int ofEachKind) {
    for (int number = 0; number < ofEachKind; number++) {
      plantMissingHere(number % 6);
      plantMissingThere(number % 7);
      plantDuplicate(number % 8);
      plantSplitBatch(number);
      plantRefundWithoutPayment(number % 4);
      plantChargeback(number % 5);
    }
  }

  private void plantMissingHere(int form) {
    Booking booking = days.anyOn(days.anyDay());
    String currency = draft.currency();
    BigDecimal amount = draft.amount(currency);
    if (form <= 2) {
      FileLine line =
          draft.line(
              form == 0 ? draft.uuid().toString() : "txn_" + draft.uuid(),
              "payment",
              "",
              amount,
              currency,
              booking);
      draft.plant(
          MISSING_HERE, form == 1 ? line : draft.withFee(line, Tariff.fee(amount, currency)));
      return;
    }
    LocalDate last = days.to().minusDays(1);
    LedgerPayment payment = draft.paidWithLine(days.from(), last);
    Booking later = days.anyOn(days.dayBetween(last, days.to()));
    String reference = form == 3 ? "rfn_" + draft.uuid() : draft.uuid().toString();
    switch (form) {
      case 3, 4 -> plantUnknown(payment, reference, "refund", draft.part(payment).negate(), later);
      default -> {
        if (draft.random.nextBoolean()) {
          plantUnknown(payment, reference, "refund_failed", draft.part(payment), later);
        } else {
          String dispute = draft.disputeReference();
          plantUnknown(payment, dispute, "dispute_won", draft.part(payment), later);
        }
      }
    }
  }

  /** Plants a line of a known payment whose own reference is unknown. */
  private void plantUnknown(
      LedgerPayment payment, String reference, String type, BigDecimal amount, Booking booking) {
    draft.plant(
        MISSING_HERE,
        draft.line(reference, type, draft.reference(payment), amount, payment.currency(), booking));
  }

  private void plantMissingThere(int form) {
    Instant time = days.within(days.anyDay());
    switch (form) {
      case 0, 1, 2 -> plantMissing(draft.paid(time));
      case 3 -> {
        long seconds = draft.oneIn(2) ? 901 : draft.random.nextLong(901, 3_600);
        plantMissing(
            draft.paid(
                draft.random.nextBoolean()
                    ? days.start(days.from()).plusSeconds(seconds)
                    : days.end(days.to()).minusSeconds(seconds)));
      }
      case 4 -> {
        // Near a midnight, but not one at the file's edges.
        LocalDate day = days.dayBetween(days.from().plusDays(1), days.to().minusDays(1));
        plantMissing(
            draft.paid(
                draft.random.nextBoolean() ? days.beforeMidnight(day) : days.afterMidnight(day)));
      }
      case 5 -> {
        LedgerPayment payment = draft.paidWithLine(days.from(), days.to().minusDays(1));
        Instant refundedAt = days.within(days.to());
        LedgerRefund refund = draft.refunded(payment, draft.part(payment), refundedAt);
        draft.plant(MISSING_THERE, refund.gatewayReference());
      }
      default -> {
        LedgerPayment payment = draft.paidWithLine(days.from(), days.to().minusDays(1));
        Instant disputedAt = days.within(days.to());
        LedgerDispute dispute =
            draft.disputed(
                payment,
                draft.random.nextBoolean() ? "needs_response" : "under_review",
                draft.part(payment),
                payment.currency(),
                disputedAt,
                disputedAt.plusSeconds(5));
        draft.plant(MISSING_THERE, dispute.reference());
      }
    }
  }

  private void plantMissing(LedgerPayment payment) {
    draft.plant(MISSING_THERE, payment.gatewayReference());
  }

  /** Plants a second line, next to the first one or anywhere, in its payout or in another one. */
  private void plantDuplicate(int form) {
    LocalDate day = days.dayBetween(days.from(), days.to().minusDays(MAX_DAYS));
    Instant time = days.within(day);
    LedgerPayment payment = draft.paid(time);
    FileLine first = draft.line(payment, days.sameDay(time));
    if (form >= 6) {
      draft.add(first);
      LocalDate later = day.plusDays(1);
      Instant then = days.within(later);
      first =
          form == 6
              ? draft.line(
                  draft.refunded(payment, draft.part(payment), then), payment, days.sameDay(then))
              : draft.line(
                  draft.disputed(
                      payment,
                      "needs_response",
                      draft.part(payment),
                      payment.currency(),
                      then,
                      then.plusSeconds(5)),
                  payment,
                  days.sameDay(then));
    }
    LocalDate again = day.plusDays(draft.random.nextInt(1, MAX_DAYS + 1));
    FileLine second =
        switch (form) {
          case 0, 3, 6 -> first;
          case 1, 4 -> {
            Booking booking = days.anyOn(again);
            yield first.withBooking(
                booking.text(), SettlementDraft.payout(again, first.currency()));
          }
          // The payout only.
          case 2, 7 ->
              first.withBooking(
                  first.date(), SettlementDraft.payout(again, first.currency()) + "_2");
          default ->
              first.withReference(
                  first.reference().equals(payment.transactionId())
                      ? payment.gatewayReference()
                      : payment.transactionId());
        };
    if (form <= 2) {
      draft.add(first, second);
    } else {
      draft.add(first);
      draft.add(second);
    }
    draft.plant(DUPLICATE, first.reference());
  }

  /**
   * Plants two to five parts, equal ones at times, with fees or without, of payments or refunds.
   */
  private void plantSplitBatch(int number) {
    LocalDate day = days.dayBetween(days.from(), days.to().minusDays(MAX_DAYS + 1));
    Instant paidAt = days.within(day);
    LedgerPayment payment = draft.paid(paidAt);
    int parts = number % 4 + 2;
    BigDecimal whole = payment.amount();
    FileLine line;
    if (number % 7 == 6) {
      draft.add(draft.line(payment, days.sameDay(paidAt)));
      day = day.plusDays(1);
      LedgerRefund refund = draft.refunded(payment, whole, days.within(day));
      line = draft.line(refund, payment, Days.on(day));
      whole = whole.negate();
    } else {
      line = draft.line(payment, Days.on(day));
    }
    BigDecimal fee =
        line.fee() == null || !line.type().equals("payment")
            ? null
            : Tariff.fee(whole, payment.currency());
    BigDecimal[] amounts = parts(whole, parts, number % 3 == 0);
    for (int part = 0; part < parts; part++) {
      LocalDate booked = day.plusDays(draft.random.nextInt(1, MAX_DAYS + 1));
      Booking booking = days.anyOn(booked);
      String payout = SettlementDraft.payout(booked, payment.currency()) + "_" + (part + 1);
      FileLine ofPart = line.withBooking(booking.text(), payout);
      if (fee == null) {
        draft.add(ofPart.withAmounts(amounts[part], null, null));
      } else {
        // All of the fee is kept from one of the parts.
        BigDecimal ofFee = part == 0 ? fee : BigDecimal.ZERO;
        draft.add(ofPart.withAmounts(amounts[part], ofFee, amounts[part].subtract(ofFee)));
      }
    }
    draft.plant(SPLIT_BATCH, line.reference());
  }

  /** Returns amounts of the same sign that add up to the whole. */
  private BigDecimal[] parts(BigDecimal whole, int number, boolean areEqual) {
    long all = Math.abs(whole.unscaledValue().longValueExact());
    long[] units = new long[number];
    if (areEqual) {
      for (int part = 0; part < number; part++) {
        units[part] = all / number;
      }
      units[number - 1] += all % number;
    } else {
      Set<Long> cuts = new TreeSet<>();
      while (cuts.size() < number - 1) {
        cuts.add(draft.random.nextLong(all / 20, all * 19 / 20));
      }
      long last = 0;
      int part = 0;
      for (long cut : cuts) {
        units[part++] = cut - last;
        last = cut;
      }
      units[part] = all - last;
    }
    BigDecimal[] amounts = new BigDecimal[number];
    for (int part = 0; part < number; part++) {
      amounts[part] = BigDecimal.valueOf(units[part] * whole.signum(), whole.scale());
    }
    return amounts;
  }

  private void plantRefundWithoutPayment(int form) {
    UUID refund = draft.uuid();
    String currency = draft.currency();
    String payment =
        switch (form) {
          case 0 -> draft.uuid().toString();
          case 1, 2 -> "txn_" + draft.uuid();
          default -> "";
        };
    draft.plant(
        REFUND_WITHOUT_PAYMENT,
        draft.line(
            draft.random.nextBoolean() ? refund.toString() : "rfn_" + refund,
            "refund",
            payment,
            draft.amount(currency).negate(),
            currency,
            days.anyOn(days.anyDay())));
  }

  private void plantChargeback(int form) {
    LocalDate last = days.to().minusDays(1);
    LedgerPayment payment =
        form == 4
            // Of an earlier file.
            ? draft.paid(days.within(days.from().minusDays(draft.random.nextInt(10, 40))))
            : draft.paidWithLine(days.from(), last);
    Instant time = days.within(last);
    if (form == 3) {
      LedgerRefund refund = draft.refunded(payment, payment.amount(), time);
      draft.add(draft.line(refund, payment, days.sameDay(time)));
    }
    if (form == 2) {
      // Beside one that the ledger has.
      LedgerDispute known =
          draft.disputed(
              payment,
              "under_review",
              draft.part(payment),
              payment.currency(),
              time,
              time.plusSeconds(5));
      draft.add(draft.line(known, payment, days.sameDay(time)));
    }
    FileLine line =
        draft.line(
            draft.disputeReference(),
            "dispute",
            draft.reference(payment),
            (form == 0 ? payment.amount() : draft.part(payment)).negate(),
            payment.currency(),
            days.anyOn(form == 4 ? days.anyDay() : days.to()));
    boolean hasFee =
        SettlementDraft.CURRENCIES_OF_CENTS.contains(payment.currency())
            && draft.random.nextBoolean();
    draft.plant(CHARGEBACK, hasFee ? draft.withFee(line, new BigDecimal("15.00")) : line);
  }
}
