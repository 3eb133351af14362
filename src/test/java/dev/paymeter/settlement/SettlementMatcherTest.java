package dev.paymeter.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Currency;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each kind of exception, and the cases on both sides of its limits. */
class SettlementMatcherTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final UUID ID = new UUID(1, 2);

  /** A Friday at noon in Berlin. */
  private static final Instant NOON = Instant.parse("2026-11-27T11:00:00Z");

  private static SettlementRules rules(String... tariffs) {
    return new SettlementRules(
        "stripe",
        new Period(LocalDate.parse("2026-11-27"), LocalDate.parse("2026-11-28"), BERLIN),
        SettlementRules.LATE_AFTER,
        SettlementRules.DAY_BOUNDARY,
        List.of(tariffs).stream().map(Tariff::parse).toList());
  }

  private static BigDecimal decimal(String value) {
    return new BigDecimal(value);
  }

  /** A row of the ledger, with the sign of its type. */
  private record Row(
      LineType type,
      String amount,
      String currency,
      String gateway,
      String status,
      boolean isSettled,
      Instant at,
      @Nullable Instant unknownSince) {
    static Row of(LineType type, String amount, String currency) {
      return new Row(type, amount, currency, "stripe", "success", true, NOON, null);
    }

    static Row payment(String amount, String currency) {
      return of(LineType.PAYMENT, amount, currency);
    }

    Row at(String time) {
      return new Row(
          type, amount, currency, gateway, status, isSettled, Instant.parse(time), unknownSince);
    }

    Row unknownSince(String time) {
      return new Row(type, amount, currency, gateway, status, isSettled, at, Instant.parse(time));
    }

    Row as(String other) {
      return new Row(type, amount, currency, gateway, other, false, at, unknownSince);
    }

    Row ofGateway(String other) {
      return new Row(type, amount, currency, other, status, isSettled, at, unknownSince);
    }

    LedgerRow row() {
      return new LedgerRow(
          type,
          ID,
          ID.toString(),
          gateway,
          status,
          isSettled,
          decimal(amount),
          Currency.getInstance(currency),
          BigDecimal.ONE,
          unknownSince == null ? at.minusSeconds(1) : unknownSince.minusSeconds(1),
          isSettled ? at : null,
          unknownSince);
    }
  }

  /** A line: its amount, and optionally its fee, net amount and payout. */
  private static SettlementLine line(LineType type, String currency, String date, String... parts) {
    List<String> all = List.of(parts);
    return new SettlementLine(
        2,
        type,
        ID.toString(),
        "",
        decimal(all.get(0)),
        part(all, 1),
        part(all, 2),
        Currency.getInstance(currency),
        date.length() > 10
            ? BookingTime.at(Instant.parse(date), BERLIN)
            : BookingTime.on(LocalDate.parse(date)),
        all.size() > 3 ? all.get(3) : "");
  }

  private static @Nullable BigDecimal part(List<String> all, int index) {
    return all.size() > index && !all.get(index).isEmpty() ? decimal(all.get(index)) : null;
  }

  private static SettlementLine payment(String currency, String... parts) {
    return line(LineType.PAYMENT, currency, "2026-11-27", parts);
  }

  private static SettlementLine inPayout(String payout, String amount) {
    return payment("EUR", amount, "", "", payout);
  }

  private static SettlementLine withoutReference(SettlementLine line, int number) {
    return new SettlementLine(
        number,
        line.type(),
        "",
        "",
        line.amount(),
        line.fee(),
        line.net(),
        line.currency(),
        line.booked(),
        line.payout());
  }

  private static List<Discrepancy> match(
      SettlementRules rules, @Nullable Row row, SettlementLine... lines) {
    return new SettlementMatcher(rules)
        .match(new LineGroup(row == null ? null : row.row(), false, List.of(), List.of(lines)));
  }

  private static List<ExceptionKind> kinds(@Nullable Row row, SettlementLine... lines) {
    return match(rules(), row, lines).stream().map(Discrepancy::kind).toList();
  }

  private static List<ExceptionKind> kinds(Row row, List<SettlementLine> earlier) {
    return kinds(row, earlier, payment("EUR", "10.00", "", "", "po_2"));
  }

  private static List<ExceptionKind> kinds(
      Row row, List<SettlementLine> earlier, SettlementLine line) {
    return new SettlementMatcher(rules())
        .match(new LineGroup(row.row(), false, earlier, List.of(line))).stream()
            .map(Discrepancy::kind)
            .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "PAYMENT, 12.50, EUR",
    "PAYMENT, 1250, JPY",
    "PAYMENT, 12.505, KWD",
    "REFUND, -12.50, EUR",
    "REFUND_FAILED, 12.50, EUR",
    "DISPUTE, -12.50, EUR",
    "DISPUTE_WON, 12.50, EUR"
  })
  void equalLine_matches(LineType type, String amount, String currency) {
    assertThat(kinds(Row.of(type, amount, currency), line(type, currency, "2026-11-27", amount)))
        .isEmpty();
  }

  @Test
  void lineWithoutRow_isMissingHere() {
    List<Discrepancy> found = match(rules(), null, payment("EUR", "12.50"));

    assertThat(found).hasSize(1);
    assertThat(found.get(0).kind()).isEqualTo(ExceptionKind.MISSING_HERE);
    assertThat(found.get(0).atStake()).isEqualByComparingTo("12.50");
    assertThat(found.get(0).explanation()).contains("payment of 12.50 EUR", "has none");
  }

  /** The money has moved, and is in no balance of the ledger. */
  @ParameterizedTest
  @CsvSource({"failed", "unknown", "pending", "voided", "authorized"})
  void lineOfAnUnsettledRow_isMissingHere(String status) {
    Row row = Row.payment("12.50", "EUR").as(status);

    assertThat(match(rules(), row, payment("EUR", "12.50")))
        .satisfiesExactly(
            each -> {
              assertThat(each.kind()).isEqualTo(ExceptionKind.MISSING_HERE);
              assertThat(each.explanation()).contains("as " + status);
            });
  }

  @Test
  void lineOfAnotherGatewaysRow_isMissingHere() {
    assertThat(kinds(Row.payment("12.50", "EUR").ofGateway("paypal"), payment("EUR", "12.50")))
        .containsExactly(ExceptionKind.MISSING_HERE);
  }

  @ParameterizedTest
  @CsvSource({
    "REFUND, true, MISSING_HERE",
    "REFUND, false, REFUND_WITHOUT_PAYMENT",
    "REFUND_FAILED, false, MISSING_HERE",
    "DISPUTE, true, CHARGEBACK",
    "DISPUTE, false, MISSING_HERE",
    "DISPUTE_WON, true, MISSING_HERE"
  })
  void refundOrDisputeWithoutRow_isNamedByItsPayment(
      LineType type, boolean hasPayment, ExceptionKind kind) {
    SettlementLine line =
        line(type, "EUR", "2026-11-27", type == LineType.REFUND ? "-5.00" : "5.00");

    List<Discrepancy> found =
        new SettlementMatcher(rules())
            .match(new LineGroup(null, hasPayment, List.of(), List.of(line)));

    assertThat(found).extracting(Discrepancy::kind).containsExactly(kind);
  }

  /** A warning has withdrawn nothing. */
  @Test
  void disputeThatIsAWarningHere_isAChargeback() {
    assertThat(
            kinds(
                Row.of(LineType.DISPUTE, "-5.00", "EUR").as("warning_closed"),
                line(LineType.DISPUTE, "EUR", "2026-11-27", "-5.00")))
        .containsExactly(ExceptionKind.CHARGEBACK);
  }

  @Test
  void rowWithoutLine_isMissingThere() {
    Discrepancy missing =
        new SettlementMatcher(rules()).missing(Row.of(LineType.REFUND, "-7.00", "EUR").row());

    assertThat(missing.kind()).isEqualTo(ExceptionKind.MISSING_THERE);
    assertThat(missing.line()).isNull();
    assertThat(missing.atStake()).isEqualByComparingTo("7.00");
  }

  /** The period ends at 23:00 UTC on the second day. */
  @ParameterizedTest
  @CsvSource({
    "2026-11-26T23:00:00Z, DAY_BOUNDARY",
    "2026-11-26T23:15:00Z, DAY_BOUNDARY",
    "2026-11-26T23:15:00.000001Z, MISSING_THERE",
    "2026-11-27T22:59:59Z, MISSING_THERE",
    "2026-11-28T22:44:59.999999Z, MISSING_THERE",
    "2026-11-28T22:45:00Z, DAY_BOUNDARY",
    "2026-11-28T22:59:59.999999Z, DAY_BOUNDARY"
  })
  void rowWithoutLine_nearTheEdge_isADayBoundary(String at, ExceptionKind kind) {
    assertThat(
            new SettlementMatcher(rules()).missing(Row.payment("7.00", "EUR").at(at).row()).kind())
        .isEqualTo(kind);
  }

  @Test
  void secondLineWithTheWholeAmount_isADuplicate_whateverItsPayout() {
    Row row = Row.payment("10.00", "EUR");

    assertThat(kinds(row, inPayout("po_1", "10.00"), inPayout("po_1", "10.00")))
        .containsExactly(ExceptionKind.DUPLICATE);
    assertThat(match(rules(), row, inPayout("po_1", "10.00"), inPayout("po_2", "10.00")))
        .satisfiesExactly(
            each -> assertThat(each.explanation()).contains("before, on 2026-11-27", "po_1"));
    assertThat(
            match(
                rules(),
                row,
                inPayout("po_1", "10.00"),
                inPayout("po_1", "10.00"),
                inPayout("po_1", "10.00")))
        .extracting(Discrepancy::occurrence)
        .as("different exceptions")
        .containsExactly(2, 3);
  }

  @Test
  void secondLine_ofAnUnknownReference_isADuplicate() {
    assertThat(kinds(null, payment("EUR", "10.00"), payment("EUR", "10.00")))
        .containsExactly(ExceptionKind.MISSING_HERE, ExceptionKind.DUPLICATE);
  }

  @Test
  void lineOfAnEarlierFile_isRepeated() {
    assertThat(kinds(Row.payment("10.00", "EUR"), List.of(inPayout("po_1", "10.00"))))
        .containsExactly(ExceptionKind.DUPLICATE);
  }

  /** Each of both is wrong by itself. */
  @Test
  void secondLine_withAnotherAmount_isNoDuplicate() {
    assertThat(
            kinds(Row.payment("10.00", "EUR"), inPayout("po_1", "10.00"), inPayout("po_2", "4.00")))
        .containsExactly(ExceptionKind.DIFFERENT_AMOUNT);
    assertThat(
            kinds(Row.payment("10.00", "EUR"), inPayout("po_1", "4.00"), inPayout("po_2", "10.00")))
        .containsExactly(ExceptionKind.DIFFERENT_AMOUNT);
    assertThat(
            kinds(
                Row.payment("10.00", "EUR"),
                inPayout("po_1", "10.00"),
                payment("USD", "10.00", "", "", "po_2")))
        .containsExactly(ExceptionKind.DIFFERENT_CURRENCY);
    assertThat(
            kinds(
                Row.payment("10.00", "EUR"), inPayout("po_1", "10.00"), inPayout("po_2", "-10.00")))
        .containsExactly(ExceptionKind.SIGN);
  }

  @Test
  void partsInSeveralPayouts_areASplitBatch() {
    Row row = Row.payment("10.00", "EUR");

    assertThat(kinds(row, inPayout("po_1", "4.00"), inPayout("po_2", "6.00")))
        .containsExactly(ExceptionKind.SPLIT_BATCH, ExceptionKind.SPLIT_BATCH);
    assertThat(kinds(row, inPayout("po_1", "5.00"), inPayout("po_2", "5.00")))
        .as("equal parts are no duplicates")
        .containsExactly(ExceptionKind.SPLIT_BATCH, ExceptionKind.SPLIT_BATCH);
    assertThat(kinds(row, List.of(inPayout("po_1", "4.00")), inPayout("po_2", "6.00")))
        .as("with another file")
        .containsExactly(ExceptionKind.SPLIT_BATCH);
    assertThat(kinds(row, inPayout("po_1", "4.00"), inPayout("po_2", "5.99")))
        .containsExactly(ExceptionKind.DIFFERENT_AMOUNT, ExceptionKind.DIFFERENT_AMOUNT);
  }

  /** A gateway that books an authorization and reverses what was not captured. */
  @Test
  void partsInOnePayout_match() {
    assertThat(
            kinds(
                Row.payment("10.00", "EUR"), inPayout("po_1", "15.00"), inPayout("po_1", "-5.00")))
        .isEmpty();
  }

  @Test
  void anotherAmount_isDifferent() {
    assertThat(match(rules(), Row.payment("10.00", "EUR"), payment("EUR", "12.34")))
        .satisfiesExactly(
            each -> {
              assertThat(each.kind()).isEqualTo(ExceptionKind.DIFFERENT_AMOUNT);
              assertThat(each.atStake()).isEqualByComparingTo("2.34");
              assertThat(each.explanation()).contains("10.00 EUR", "12.34 EUR", "2.34");
            });
  }

  @Test
  void anotherCurrency_isDifferent_whateverTheAmount() {
    assertThat(match(rules(), Row.payment("10.00", "EUR"), payment("USD", "10.32")))
        .satisfiesExactly(
            each -> {
              assertThat(each.kind()).isEqualTo(ExceptionKind.DIFFERENT_CURRENCY);
              assertThat(each.currency()).isEqualTo(Currency.getInstance("EUR"));
            });
    assertThat(kinds(Row.payment("10.00", "EUR"), payment("USD", "-10.00")))
        .containsExactly(ExceptionKind.DIFFERENT_CURRENCY);
  }

  @ParameterizedTest
  @CsvSource({
    "USD, 10.00, 10.01, ROUNDING",
    "USD, 10.00, 9.99, ROUNDING",
    "USD, 10.00, 10.02, DIFFERENT_AMOUNT",
    "JPY, 1000, 1001, ROUNDING",
    "JPY, 1000, 1002, DIFFERENT_AMOUNT",
    "KWD, 1.000, 1.001, ROUNDING",
    "KWD, 1.000, 1.010, DIFFERENT_AMOUNT"
  })
  void oneMinorUnit_isRounding(String currency, String here, String there, ExceptionKind kind) {
    assertThat(kinds(Row.payment(here, currency), payment(currency, there))).containsExactly(kind);
  }

  @Test
  void oppositeAmount_isASign_alsoOfOneCent() {
    assertThat(kinds(Row.payment("10.00", "EUR"), payment("EUR", "-10.00")))
        .containsExactly(ExceptionKind.SIGN);
    assertThat(kinds(Row.of(LineType.REFUND, "-10.00", "EUR"), refund("10.00")))
        .containsExactly(ExceptionKind.SIGN);
    assertThat(kinds(Row.of(LineType.REFUND, "-10.00", "EUR"), refund("9.99")))
        .containsExactly(ExceptionKind.DIFFERENT_AMOUNT);
  }

  private static SettlementLine refund(String amount) {
    return line(LineType.REFUND, "EUR", "2026-11-27", amount);
  }

  @Test
  void bookedNet_isAFee_ratherThanAnotherAmount() {
    assertThat(match(rules(), Row.payment("10.00", "EUR"), payment("EUR", "9.41", "0.59", "9.41")))
        .satisfiesExactly(
            each -> {
              assertThat(each.kind()).isEqualTo(ExceptionKind.FEE);
              assertThat(each.atStake()).isEqualByComparingTo("0.59");
            });
    assertThat(kinds(Row.payment("10.00", "EUR"), payment("EUR", "9.99", "0.01", "9.99")))
        .as("a fee of one cent")
        .containsExactly(ExceptionKind.FEE);
    assertThat(kinds(Row.payment("10.00", "EUR"), payment("EUR", "9.42", "0.59", "8.83")))
        .containsExactly(ExceptionKind.DIFFERENT_AMOUNT);
  }

  @Test
  void netThatIsNotTheDifference_isAFee() {
    Row row = Row.payment("10.00", "EUR");

    assertThat(kinds(row, payment("EUR", "10.00", "0.59", "9.41"))).isEmpty();
    assertThat(kinds(row, payment("EUR", "10.00", "-0.59", "10.59"))).as("given back").isEmpty();
    assertThat(kinds(row, payment("EUR", "10.00", "0.59", "9.40")))
        .containsExactly(ExceptionKind.FEE);
    assertThat(kinds(row, payment("EUR", "10.00", "", "9.41"))).as("no fee stated").isEmpty();
    assertThat(kinds(null, line(LineType.FEE, "EUR", "2026-11-27", "-2.00", "0", "-2.01")))
        .containsExactly(ExceptionKind.FEE);
  }

  /** 2.9 % of 10.50 and 0.30 are 0.6045. */
  @ParameterizedTest
  @CsvSource({
    "2.9%+0.30, EUR, 10.50, 0.60, true",
    "2.9%+0.30, EUR, 10.50, 0.61, false",
    "2.9%+0.30, EUR, 10.50, 0.59, false",
    "2.9%+0.30, EUR, 10.50, 0, false",
    "1%, EUR, 0.50, 0.01, true",
    "1%, EUR, 0.50, 0.00, true",
    "1%, JPY, 1040, 10, true",
    "1%, JPY, 1040, 11, false",
    "1%, KWD, 1.234, 0.012, true",
    "1%, KWD, 1.234, 0.013, false"
  })
  void fee_isThatOfTheTariff_roundedEitherWay(
      String tariff, String currency, String amount, String fee, boolean isAgreed) {
    assertThat(match(rules(tariff), Row.payment(amount, currency), payment(currency, amount, fee)))
        .extracting(Discrepancy::kind)
        .isEqualTo(isAgreed ? List.of() : List.of(ExceptionKind.FEE));
  }

  @Test
  void tariff_ofTheCurrency_isPreferred_andOfPaymentsOnly() {
    SettlementRules rules = rules("1%", "EUR=2%+0.10");

    assertThat(match(rules, Row.payment("10.00", "EUR"), payment("EUR", "10.00", "0.30")))
        .isEmpty();
    assertThat(match(rules, Row.payment("10.00", "USD"), payment("USD", "10.00", "0.10")))
        .isEmpty();
    assertThat(match(rules("EUR=1%"), Row.payment("10.00", "USD"), payment("USD", "10.00", "5.00")))
        .isEmpty();
    assertThat(match(rules, Row.payment("10.00", "EUR"), payment("EUR", "10.00"))).isEmpty();
    assertThat(match(rules, Row.of(LineType.REFUND, "-10.00", "EUR"), refund("-10.00"))).isEmpty();
  }

  /** Settled at noon on the 27th. */
  @ParameterizedTest
  @CsvSource({
    "2026-11-28, ",
    "2026-12-02, ",
    "2026-12-03, LATE",
    "2026-12-02T11:00:00Z, ",
    "2026-12-02T11:00:00.000001Z, LATE",
    "2026-11-26, "
  })
  void bookedLongAfterwards_isLate(String booked, @Nullable ExceptionKind kind) {
    assertThat(kinds(Row.payment("10.00", "EUR"), line(LineType.PAYMENT, "EUR", booked, "10.00")))
        .isEqualTo(kind == null ? List.of() : List.of(kind));
  }

  /** Midnight in Berlin is at 23:00 UTC in winter, and at 22:00 UTC in summer. */
  @ParameterizedTest
  @CsvSource({
    "2026-11-27T22:44:59.999999Z, 2026-11-28, ",
    "2026-11-27T22:45:00Z, 2026-11-28, DAY_BOUNDARY",
    "2026-11-27T22:59:59.999999Z, 2026-11-28, DAY_BOUNDARY",
    "2026-11-27T22:50:00Z, 2026-11-27, ",
    "2026-11-27T22:50:00Z, 2026-11-26, ",
    "2026-11-27T22:50:00Z, 2026-11-29, ",
    "2026-11-27T23:00:00Z, 2026-11-27, DAY_BOUNDARY",
    "2026-11-27T23:15:00Z, 2026-11-27, DAY_BOUNDARY",
    "2026-11-27T23:15:00.000001Z, 2026-11-27, ",
    "2026-11-27T23:05:00Z, 2026-11-28, ",
    "2026-11-27T22:55:00Z, 2026-11-27T23:05:00Z, DAY_BOUNDARY",
    "2026-07-27T22:05:00Z, 2026-07-27, DAY_BOUNDARY",
    "2026-07-27T23:05:00Z, 2026-07-27, ",
    "2026-10-24T21:50:00Z, 2026-10-25, DAY_BOUNDARY",
    "2026-10-25T22:50:00Z, 2026-10-26, DAY_BOUNDARY"
  })
  void bookedOnTheNextDay_nearMidnight_isADayBoundary(
      String settled, String booked, @Nullable ExceptionKind kind) {
    assertThat(
            kinds(
                Row.payment("10.00", "EUR").at(settled),
                line(LineType.PAYMENT, "EUR", booked, "10.00")))
        .isEqualTo(kind == null ? List.of() : List.of(kind));
  }

  /** Created a second before the outcome was unknown; settled on the 27th. */
  @ParameterizedTest
  @CsvSource({
    "2026-11-25T10:00:00Z, 2026-11-25, SETTLED_LATER",
    "2026-11-25T10:00:00Z, 2026-11-26, SETTLED_LATER",
    "2026-11-25T10:00:00Z, 2026-11-24, ",
    "2026-11-25T10:00:00Z, 2026-11-27, ",
    "2026-11-25T10:00:00Z, 2026-11-25T09:59:59Z, SETTLED_LATER",
    "2026-11-25T10:00:00Z, 2026-11-25T09:59:58Z, "
  })
  void bookedOnAnEarlierDay_whileUnknown_isSettledLater(
      String unknownSince, String booked, @Nullable ExceptionKind kind) {
    assertThat(
            kinds(
                Row.payment("10.00", "EUR").unknownSince(unknownSince),
                line(LineType.PAYMENT, "EUR", booked, "10.00")))
        .isEqualTo(kind == null ? List.of() : List.of(kind));
  }

  @Test
  void unknownOutcome_nearMidnight_isADayBoundary() {
    assertThat(
            kinds(
                Row.payment("10.00", "EUR")
                    .at("2026-11-27T23:05:00Z")
                    .unknownSince("2026-11-27T22:55:00Z"),
                payment("EUR", "10.00")))
        .containsExactly(ExceptionKind.DAY_BOUNDARY);
  }

  @Test
  void oneLine_hasOneException_theMostSpecific() {
    SettlementLine line = line(LineType.PAYMENT, "EUR", "2026-12-20", "10.01", "9", "9");

    assertThat(kinds(Row.payment("10.00", "EUR"), line)).containsExactly(ExceptionKind.ROUNDING);
  }

  @Test
  void feesAndAdjustments_haveNoRow_andOnlyThoseWithAReferenceRepeat() {
    SettlementLine fee = line(LineType.FEE, "EUR", "2026-11-27", "-2.00");

    assertThat(kinds(null, fee)).isEmpty();
    assertThat(kinds(null, line(LineType.ADJUSTMENT, "EUR", "2026-11-27", "7.00"))).isEmpty();
    assertThat(kinds(null, fee, fee)).as("the same line object").isEmpty();
    assertThat(kinds(null, fee, line(LineType.FEE, "EUR", "2026-11-27", "-2.00")))
        .containsExactly(ExceptionKind.DUPLICATE);
    assertThat(
            kinds(
                null,
                IntStream.range(2, 5)
                    .mapToObj(number -> withoutReference(fee, number))
                    .toArray(SettlementLine[]::new)))
        .isEmpty();
  }

  @Test
  void limits_areThoseOfTheRules() {
    SettlementRules strict =
        new SettlementRules(
            "stripe", rules().period(), Duration.ofHours(1), Duration.ZERO, List.of());

    assertThat(
            match(
                strict,
                Row.payment("10.00", "EUR").at("2026-11-27T22:59:00Z"),
                line(LineType.PAYMENT, "EUR", "2026-11-28", "10.00")))
        .isEmpty();
    assertThat(
            match(
                strict,
                Row.payment("10.00", "EUR"),
                line(LineType.PAYMENT, "EUR", "2026-11-28", "10.00")))
        .extracting(Discrepancy::kind)
        .containsExactly(ExceptionKind.LATE);
  }
}
