package dev.paymeter.support.settlement;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A history and its file while they are generated. */
final class SettlementDraft {
  static final List<String> CURRENCIES = List.of("USD", "EUR", "GBP", "JPY", "KRW", "KWD");

  /** Currencies with two decimals, in which a fixed fee is customary. */
  static final List<String> CURRENCIES_OF_CENTS = List.of("USD", "EUR", "GBP");

  private static final BigDecimal DISPUTE_FEE = new BigDecimal("15.00");

  final SplittableRandom random;
  final Days days;

  private final SettlementPlan plan;
  private final List<LedgerPayment> payments = new ArrayList<>();
  private final List<LedgerRefund> refunds = new ArrayList<>();
  private final List<LedgerDispute> disputes = new ArrayList<>();

  /** Lines that stay together in the file. */
  private final List<List<FileLine>> lines = new ArrayList<>();

  private final List<Planted> planted = new ArrayList<>();
  private final List<NearMiss> nearMisses = new ArrayList<>();

  SettlementDraft(SettlementPlan plan) {
    this.plan = plan;
    random = new SplittableRandom(plan.seed());
    days = new Days(plan.zone(), plan.from(), plan.to(), random);
  }

  /** Returns the scenario, with the lines in random order. */
  SettlementScenario scenario() {
    for (int last = lines.size() - 1; last > 0; last--) {
      int other = random.nextInt(last + 1);
      List<FileLine> moved = lines.get(last);
      lines.set(last, lines.get(other));
      lines.set(other, moved);
    }
    return new SettlementScenario(
        plan,
        List.copyOf(payments),
        List.copyOf(refunds),
        List.copyOf(disputes),
        lines.stream().flatMap(List::stream).toList(),
        List.copyOf(planted),
        List.copyOf(nearMisses));
  }

  <T> T oneOf(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  boolean oneIn(int number) {
    return random.nextInt(number) == 0;
  }

  UUID uuid() {
    long version4 = random.nextLong() & ~0xF000L | 0x4000L;
    long variant2 = random.nextLong() & ~(3L << 62) | 2L << 62;
    return new UUID(version4, variant2);
  }

  /** Returns a reference of a dispute that no ledger has. */
  String disputeReference() {
    return "dp_" + Long.toString(random.nextLong(1L << 56, 1L << 62), 36);
  }

  String currency() {
    return random.nextInt(3) == 0 ? "USD" : oneOf(CURRENCIES);
  }

  /** Returns an amount whose fee is beyond doubt. */
  BigDecimal amount(String currency) {
    int digits = Tariff.digits(currency);
    long least = digits == 0 ? 1_000 : digits == 2 ? 1_000 : 5_000;
    long most = oneIn(20) ? least * 500 : least * 30;
    BigDecimal amount;
    do {
      amount = BigDecimal.valueOf(random.nextLong(least, most), digits);
    } while (!Tariff.isClear(amount, currency));
    return amount;
  }

  /** Returns an amount in minor units. */
  static BigDecimal minor(long units, String currency) {
    return BigDecimal.valueOf(units, Tariff.digits(currency));
  }

  /** Adds a successful payment that was accepted up to nine seconds before. */
  LedgerPayment paid(Instant settledAt) {
    return paid(currency(), settledAt);
  }

  LedgerPayment paid(String currency, Instant settledAt) {
    Instant createdAt = settledAt.minusMillis(random.nextLong(200, 9_000));
    return paid(currency, createdAt, null, settledAt);
  }

  LedgerPayment paid(
      String currency, Instant createdAt, @Nullable Instant unknownSince, Instant settledAt) {
    return add("success", amount(currency), currency, null, createdAt, unknownSince, settledAt);
  }

  LedgerPayment add(
      String status,
      BigDecimal amount,
      String currency,
      @Nullable BigDecimal authorizedAmount,
      Instant createdAt,
      @Nullable Instant unknownSince,
      @Nullable Instant settledAt) {
    LedgerPayment payment =
        new LedgerPayment(
            uuid(),
            oneIn(3) ? null : uuid(),
            plan.gateway(),
            status,
            amount,
            currency,
            authorizedAmount,
            createdAt,
            unknownSince,
            settledAt);
    payments.add(payment);
    return payment;
  }

  /** Adds a payment that another gateway has processed. */
  void addElsewhere(Instant settledAt) {
    String currency = currency();
    payments.add(
        new LedgerPayment(
            uuid(),
            uuid(),
            plan.gateway().equals("paypal") ? "stripe" : "paypal",
            "success",
            amount(currency),
            currency,
            null,
            settledAt.minusSeconds(2),
            null,
            settledAt));
  }

  /** Adds a payment with its honest line, for a refund or dispute with a discrepancy. */
  LedgerPayment paidWithLine(Instant settledAt) {
    LedgerPayment payment = paid(settledAt);
    add(line(payment, days.inTime(settledAt)));
    return payment;
  }

  /** Adds a payment that is settled and booked on a day from the file's first to the last. */
  LedgerPayment paidWithLine(LocalDate first, LocalDate last) {
    return paidWithLine(days.within(days.dayBetween(first, last)));
  }

  /** Returns all of the payment's amount, or a part of it. */
  BigDecimal part(LedgerPayment payment) {
    long all = payment.amount().unscaledValue().longValueExact();
    return oneIn(3)
        ? payment.amount()
        : minor(random.nextLong(all / 5, all * 4 / 5), payment.currency());
  }

  LedgerRefund refunded(LedgerPayment payment, BigDecimal amount, Instant settledAt) {
    return add(payment, "success", amount, settledAt, null);
  }

  LedgerRefund add(
      LedgerPayment payment,
      String status,
      BigDecimal amount,
      Instant settledAt,
      @Nullable Instant failedAt) {
    LedgerRefund refund =
        new LedgerRefund(
            uuid(),
            payment.id(),
            oneIn(3) ? null : uuid(),
            status,
            amount,
            settledAt.minusMillis(random.nextLong(200, 9_000)),
            settledAt,
            failedAt);
    refunds.add(refund);
    return refund;
  }

  LedgerDispute disputed(
      LedgerPayment payment,
      String status,
      BigDecimal amount,
      String currency,
      Instant createdAt,
      Instant changedAt) {
    boolean hasFee =
        CURRENCIES_OF_CENTS.contains(currency) && !status.startsWith("warning") && !oneIn(3);
    LedgerDispute dispute =
        new LedgerDispute(
            uuid(),
            payment.id(),
            disputeReference(),
            status,
            amount,
            currency,
            hasFee ? DISPUTE_FEE : null,
            createdAt,
            changedAt);
    disputes.add(dispute);
    return dispute;
  }

  /** Returns one of the references of a payment. */
  String reference(LedgerPayment payment) {
    return random.nextBoolean() ? payment.gatewayReference() : payment.transactionId();
  }

  String reference(LedgerRefund refund) {
    return random.nextBoolean() ? refund.gatewayReference() : refund.reference();
  }

  /** Returns the honest line of a payment. */
  FileLine line(LedgerPayment payment, Booking booking) {
    FileLine line =
        line(reference(payment), "payment", "", payment.amount(), payment.currency(), booking);
    return oneIn(4) ? line : withFee(line, Tariff.fee(payment.amount(), payment.currency()));
  }

  /** Returns the honest line of a refund. */
  FileLine line(LedgerRefund refund, LedgerPayment payment, Booking booking) {
    String currency = payment.currency();
    FileLine line =
        line(
            reference(refund),
            "refund",
            oneIn(3) ? "" : reference(payment),
            refund.amount().negate(),
            currency,
            booking);
    return switch (random.nextInt(4)) {
      case 0 -> withFee(line, minor(0, currency));
      case 1 -> withFee(line, Tariff.variableFee(refund.amount(), currency).negate());
      default -> line;
    };
  }

  /** Returns the honest line of a refund that failed after its success. */
  FileLine failureLine(LedgerRefund refund, LedgerPayment payment, Booking booking) {
    return line(
        reference(refund),
        "refund_failed",
        oneIn(3) ? "" : reference(payment),
        refund.amount(),
        payment.currency(),
        booking);
  }

  /** Returns the honest line of the withdrawal of a dispute. */
  FileLine line(LedgerDispute dispute, LedgerPayment payment, Booking booking) {
    FileLine line = disputeLine(dispute, "dispute", dispute.amount().negate(), payment, booking);
    BigDecimal fee = dispute.fee();
    return fee == null ? line : withFee(line, fee);
  }

  /** Returns the honest line of the return of a disputed amount. */
  FileLine wonLine(LedgerDispute dispute, LedgerPayment payment, Booking booking) {
    return disputeLine(dispute, "dispute_won", dispute.amount(), payment, booking);
  }

  private FileLine disputeLine(
      LedgerDispute dispute,
      String type,
      BigDecimal amount,
      LedgerPayment payment,
      Booking booking) {
    return line(
        dispute.reference(),
        type,
        oneIn(3) ? "" : reference(payment),
        amount,
        dispute.currency(),
        booking);
  }

  /** Returns a line without a fee, mostly in the payout of its day. */
  FileLine line(
      String reference,
      String type,
      String payment,
      BigDecimal amount,
      String currency,
      Booking booking) {
    return new FileLine(
        reference,
        type,
        payment,
        oneIn(10) ? amount.stripTrailingZeros() : amount,
        null,
        null,
        currency,
        booking.text(),
        oneIn(10) ? "" : payout(booking.day(), currency));
  }

  /** States the fee, and mostly the net amount. */
  FileLine withFee(FileLine line, BigDecimal fee) {
    return line.withAmounts(line.amount(), fee, oneIn(5) ? null : line.amount().subtract(fee));
  }

  static String payout(LocalDate day, String currency) {
    return "po_" + day.toString().replace("-", "") + suffix(currency);
  }

  /** Returns the payout of the same day in another currency, or none. */
  static String payout(FileLine line, String currency) {
    return line.payout().replace(suffix(line.currency()), suffix(currency));
  }

  private static String suffix(String currency) {
    return "_" + currency.toLowerCase(Locale.ROOT);
  }

  /** Adds lines that follow each other in the file. */
  void add(FileLine... together) {
    lines.add(List.of(together));
  }

  /** Adds a line with a discrepancy. */
  void plant(DiscrepancyKind kind, FileLine line) {
    add(line);
    plant(kind, line.reference());
  }

  void plant(DiscrepancyKind kind, String reference) {
    planted.add(new Planted(kind, reference));
  }

  void nearMiss(String description, String reference) {
    nearMisses.add(new NearMiss(description, reference));
  }
}
