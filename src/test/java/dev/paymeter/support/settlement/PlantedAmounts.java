package dev.paymeter.support.settlement;

import static dev.paymeter.support.settlement.DiscrepancyKind.DIFFERENT_AMOUNT;
import static dev.paymeter.support.settlement.DiscrepancyKind.DIFFERENT_CURRENCY;
import static dev.paymeter.support.settlement.DiscrepancyKind.FEE;
import static dev.paymeter.support.settlement.DiscrepancyKind.ROUNDING;
import static dev.paymeter.support.settlement.DiscrepancyKind.SIGN;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Plants lines with another amount, currency or fee than the ledger has. */
final class PlantedAmounts {
  private static final BigDecimal AGREED_RATE = new BigDecimal("0.029");
  private static final BigDecimal OTHER_RATE = new BigDecimal("0.034");
  private static final BigDecimal AGREED_FIXED = new BigDecimal("0.30");

  private final SettlementDraft draft;
  private final Days days;

  PlantedAmounts(SettlementDraft draft) {
    this.draft = draft;
    days = draft.days;
  }

  void add(int ofEachKind) {
    for (int number = 0; number < ofEachKind; number++) {
      plantFee(number % 9);
      plantRounding(number);
      plantDifferentAmount(number % 8);
      plantDifferentCurrency(number % 4);
      plantSign(number % 5);
    }
  }

  private void plantFee(int form) {
    if (form == 8) {
      FileLine refund = refundLine(draft.currency());
      plantAmounts(
          FEE,
          refund,
          refund.amount(),
          SettlementDraft.minor(0, refund.currency()),
          refund.amount().add(SettlementDraft.minor(100, refund.currency())));
      return;
    }
    // Less than a minor unit in currencies without decimals.
    FileLine line =
        paymentLine(
            form == 1 ? draft.oneOf(SettlementDraft.CURRENCIES_OF_CENTS) : draft.currency());
    String currency = line.currency();
    BigDecimal amount = line.amount();
    BigDecimal fee = Tariff.fee(amount, currency);
    BigDecimal unit = Tariff.minorUnit(currency);
    switch (form) {
      case 0 -> plantOtherFee(line, Tariff.fee(amount, currency, OTHER_RATE, AGREED_FIXED));
      case 1 -> plantOtherFee(line, Tariff.fee(amount, currency, AGREED_RATE, BigDecimal.ZERO));
      case 2 -> plantOtherFee(line, SettlementDraft.minor(0, currency));
      case 3 -> plantOtherFee(line, fee.add(fee));
      // The fee is the agreed one, but the net amount is not that without it.
      case 4 -> plantAmounts(FEE, line, amount, fee, amount.subtract(fee).add(unit));
      case 5 -> plantAmounts(FEE, line, amount, fee, amount);
      // The net amount is booked as the gross amount; the fee is not subtracted again, or is.
      case 6 -> {
        BigDecimal net = amount.subtract(fee);
        plantAmounts(FEE, line, net, fee, draft.random.nextBoolean() ? net : null);
      }
      default -> {
        BigDecimal net = amount.subtract(fee);
        plantAmounts(FEE, line, net, fee, net.subtract(fee));
      }
    }
  }

  private void plantOtherFee(FileLine line, BigDecimal fee) {
    BigDecimal net = draft.oneIn(4) ? null : line.amount().subtract(fee);
    plantAmounts(FEE, line, line.amount(), fee, net);
  }

  /** Plants a minor unit more or less, in currencies with each number of decimals. */
  private void plantRounding(int number) {
    int currencies = SettlementDraft.CURRENCIES.size();
    String currency = SettlementDraft.CURRENCIES.get(number % currencies);
    FileLine line = number % 5 == 4 ? refundLine(currency) : paymentLine(currency);
    BigDecimal unit = Tariff.minorUnit(currency);
    boolean isMore = number / currencies % 2 == 0;
    plantWithFee(ROUNDING, line, isMore ? line.amount().add(unit) : line.amount().subtract(unit));
  }

  private void plantDifferentAmount(int form) {
    FileLine line =
        form == 6
            ? refundLine(draft.currency())
            : form == 7 ? disputeLine() : paymentLine(draft.currency());
    BigDecimal amount = line.amount();
    String currency = line.currency();
    BigDecimal two = SettlementDraft.minor(2, currency);
    BigDecimal other =
        switch (form) {
          case 0 -> amount.add(two);
          case 1 -> amount.subtract(two);
          // Minor units instead of major ones.
          case 2 -> amount.movePointRight(Math.max(2, Tariff.digits(currency)));
          case 3 -> amount.movePointLeft(1).setScale(amount.scale(), RoundingMode.UP);
          case 4 -> scaled(amount, 1.05, 2.0);
          case 5 -> scaled(amount, 0.4, 0.85);
          default -> draft.random.nextBoolean() ? amount.add(two) : scaled(amount, 1.2, 1.8);
        };
    plantWithFee(DIFFERENT_AMOUNT, line, other);
  }

  /**
   * Returns a multiple of an amount, not so close to it that it could be the amount without its
   * fee.
   */
  private BigDecimal scaled(BigDecimal amount, double least, double most) {
    double factor = least + (most - least) * draft.random.nextDouble();
    return amount.multiply(BigDecimal.valueOf(factor)).setScale(amount.scale(), RoundingMode.DOWN);
  }

  /** Plants the same number in another currency, or a converted amount. */
  private void plantDifferentCurrency(int form) {
    boolean isSameNumber = form == 0;
    String from = isSameNumber ? draft.oneOf(List.of("JPY", "USD", "GBP")) : draft.currency();
    FileLine line = form == 3 ? refundLine(from) : paymentLine(from);
    String to;
    do {
      to = draft.currency();
    } while (to.equals(from) || isSameNumber && Tariff.digits(to) < Tariff.digits(from));
    BigDecimal converted =
        line.amount().multiply(Rates.usd(from)).divide(Rates.usd(to), MathContext.DECIMAL64);
    FileLine other =
        line.withCurrency(to).withBooking(line.date(), SettlementDraft.payout(line, to));
    plantWithFee(
        DIFFERENT_CURRENCY,
        other,
        isSameNumber ? line.amount().setScale(Tariff.digits(to)) : Tariff.round(converted, to));
  }

  private void plantSign(int form) {
    FileLine line =
        switch (form) {
          case 2 -> refundLine(draft.currency());
          case 3 -> disputeLine();
          case 4 -> failureLine();
          default -> paymentLine(draft.currency());
        };
    BigDecimal opposite = line.amount().negate();
    BigDecimal fee = line.fee();
    if (form == 0 && fee != null) {
      // The gateway keeps its fee of a payment even so.
      plantAmounts(SIGN, line, opposite, fee, opposite.subtract(fee));
    } else {
      plantAmounts(SIGN, line, opposite, null, null);
    }
  }

  /** Plants a line with the agreed fee of its own amount, or without fee. */
  private void plantWithFee(DiscrepancyKind kind, FileLine line, BigDecimal amount) {
    String currency = line.currency();
    boolean hasFee =
        line.type().equals("payment")
            && Tariff.isClear(amount, currency)
            && draft.random.nextBoolean();
    BigDecimal fee = hasFee ? Tariff.fee(amount, currency) : null;
    plantAmounts(kind, line, amount, fee, fee == null ? null : amount.subtract(fee));
  }

  private void plantAmounts(
      DiscrepancyKind kind,
      FileLine line,
      BigDecimal amount,
      @Nullable BigDecimal fee,
      @Nullable BigDecimal net) {
    draft.plant(kind, line.withAmounts(amount, fee, net));
  }

  private FileLine paymentLine(String currency) {
    Instant settledAt = days.within(days.anyDay());
    return scale(draft.line(draft.paid(currency, settledAt), days.inTime(settledAt)));
  }

  private FileLine refundLine(String currency) {
    LocalDate day = days.dayBetween(days.from(), days.to().minusDays(1));
    Instant paidAt = days.within(day);
    LedgerPayment payment = draft.paid(currency, paidAt);
    draft.add(draft.line(payment, days.inTime(paidAt)));
    Instant refundedAt = days.within(day.plusDays(1));
    LedgerRefund refund = draft.refunded(payment, draft.part(payment), refundedAt);
    return scale(draft.line(refund, payment, days.inTime(refundedAt)));
  }

  private FileLine failureLine() {
    LocalDate day = days.dayBetween(days.from(), days.to().minusDays(2));
    LedgerPayment payment = draft.paidWithLine(days.within(day));
    Instant refundedAt = days.within(day.plusDays(1));
    Instant failedAt = days.within(day.plusDays(2));
    LedgerRefund refund = draft.add(payment, "success", draft.part(payment), refundedAt, failedAt);
    draft.add(draft.line(refund, payment, days.sameDay(refundedAt)));
    return scale(draft.failureLine(refund, payment, days.sameDay(failedAt)));
  }

  private FileLine disputeLine() {
    LocalDate day = days.dayBetween(days.from(), days.to().minusDays(1));
    LedgerPayment payment = draft.paidWithLine(days.within(day));
    Instant createdAt = days.within(day.plusDays(1));
    LedgerDispute dispute =
        draft.disputed(
            payment,
            "needs_response",
            draft.part(payment),
            payment.currency(),
            createdAt,
            createdAt.plusSeconds(5));
    return scale(draft.line(dispute, payment, days.sameDay(createdAt)));
  }

  /** Gives the amount the scale of its currency. */
  private static FileLine scale(FileLine line) {
    return line.withAmounts(
        line.amount().setScale(Tariff.digits(line.currency())), line.fee(), line.net());
  }
}
