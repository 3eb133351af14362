package dev.paymeter.support.settlement;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SettlementPlanTest {
  private static final SettlementPlan PLAN = SettlementPlan.of(19, "Europe/Berlin");

  /** With and without daylight saving, also by half an hour, and at midnight. */
  static Stream<SettlementPlan> plans() {
    return Stream.of(
        PLAN,
        SettlementPlan.of(20, "UTC"),
        SettlementPlan.of(21, "Asia/Tokyo"),
        SettlementPlan.of(22, "America/Los_Angeles")
            .withDays(LocalDate.parse("2026-10-23"), LocalDate.parse("2026-11-09")),
        SettlementPlan.of(23, "Australia/Lord_Howe"),
        SettlementPlan.of(24, "America/Santiago"),
        SettlementPlan.of(25, "Africa/Cairo")
            .withDays(LocalDate.parse("2026-04-15"), LocalDate.parse("2026-05-01")));
  }

  @ParameterizedTest
  @MethodSource("plans")
  void generate_planted_meetOnlyTheDefinitionOfTheirKind(SettlementPlan plan) {
    SettlementScenario scenario = plan.generate();
    UnaryOperator<String> canonical = canonical(scenario);
    Map<String, Set<DiscrepancyKind>> planted =
        scenario.planted().stream()
            .collect(
                toMap(
                    discrepancy -> canonical.apply(discrepancy.reference()),
                    discrepancy -> Set.of(discrepancy.kind())));

    assertThat(DiscrepancyDefinitions.find(scenario)).isEqualTo(planted);
  }

  @ParameterizedTest
  @MethodSource("plans")
  void generate_lines_areOfTheDaysOfTheFile(SettlementPlan plan) {
    Set<LocalDate> days =
        plan.generate().lines().stream()
            .map(line -> day(line.date(), plan.zone()))
            .collect(toSet());

    assertThat(days)
        .containsExactlyInAnyOrderElementsOf(
            plan.from().datesUntil(plan.to().plusDays(1)).toList());
  }

  @Test
  void generate_eachKind_hasItsNumberWithReferencesOfItsOwn() {
    SettlementScenario scenario = PLAN.generate();
    UnaryOperator<String> canonical = canonical(scenario);
    Map<DiscrepancyKind, Long> expected = new EnumMap<>(DiscrepancyKind.class);
    for (DiscrepancyKind kind : DiscrepancyKind.values()) {
      expected.put(kind, 50L);
    }

    assertThat(scenario.planted().stream().collect(groupingBy(Planted::kind, counting())))
        .isEqualTo(expected);
    assertThat(scenario.planted())
        .extracting(planted -> canonical.apply(planted.reference()))
        .doesNotHaveDuplicates();
  }

  @Test
  void generate_sameSeed_isEqual() {
    assertThat(PLAN.generate()).isEqualTo(SettlementPlan.of(19, "Europe/Berlin").generate());
  }

  @Test
  void generate_otherSeed_hasOtherReferences() {
    assertThat(SettlementPlan.of(20, "Europe/Berlin").generate().lines())
        .extracting(FileLine::reference)
        .filteredOn(reference -> !reference.startsWith("fee_"))
        .doesNotContainAnyElementsOf(
            PLAN.generate().lines().stream()
                .map(FileLine::reference)
                .filter(reference -> !reference.startsWith("fee_"))
                .toList());
  }

  @Test
  void generate_withoutDiscrepancies_meetsNoDefinition() {
    SettlementScenario honest = PLAN.withOfEachKind(0).withPayments(20_000).generate();

    assertThat(honest.planted()).isEmpty();
    assertThat(DiscrepancyDefinitions.find(honest)).isEmpty();
  }

  @Test
  void generate_nearMisses_haveEntriesWithoutDiscrepancy() {
    SettlementScenario scenario = PLAN.generate();
    UnaryOperator<String> canonical = canonical(scenario);
    Set<String> planted =
        scenario.planted().stream()
            .map(discrepancy -> canonical.apply(discrepancy.reference()))
            .collect(toSet());
    Set<String> lines =
        scenario.lines().stream().map(line -> canonical.apply(line.reference())).collect(toSet());

    assertThat(scenario.nearMisses())
        .extracting(NearMiss::reference)
        .hasSizeGreaterThan(500)
        .doesNotContainAnyElementsOf(planted)
        .isSubsetOf(lines);
  }

  @Test
  void generate_honestPayouts_addUpToTheLedger() {
    SettlementScenario honest = PLAN.withOfEachKind(0).generate();
    UnaryOperator<String> canonical = canonical(honest);
    Map<String, LedgerEntry> entries =
        LedgerEntry.of(honest).stream()
            .collect(toMap(entry -> entry.type() + entry.reference(), entry -> entry));
    Map<String, BigDecimal> stated = new HashMap<>();
    Map<String, BigDecimal> expected = new HashMap<>();
    for (FileLine line : honest.lines()) {
      if (line.type().equals("fee") || line.payout().isEmpty()) {
        continue;
      }
      LedgerEntry entry = entries.get(line.type() + canonical.apply(line.reference()));
      BigDecimal fee = line.fee() == null ? BigDecimal.ZERO : line.fee();
      BigDecimal net = line.net();
      add(stated, line.payout(), net == null ? line.amount().subtract(fee) : net);
      add(expected, line.payout(), entry.amount().subtract(fee));
    }

    assertThat(stated).hasSizeGreaterThan(50).isEqualTo(expected);
  }

  @Test
  void generate_lines_haveAllForms() {
    List<FileLine> lines = PLAN.generate().lines();

    assertThat(lines).extracting(line -> line.reference().substring(0, 4)).contains("txn_", "rfn_");
    assertThat(lines).extracting(line -> line.reference().indexOf('-')).contains(8);
    assertThat(lines)
        .extracting(FileLine::currency)
        .contains("USD", "EUR", "GBP", "JPY", "KRW", "KWD");
    assertThat(lines)
        .extracting(FileLine::type)
        .contains("payment", "refund", "refund_failed", "dispute", "dispute_won", "fee");
    assertThat(lines).extracting(line -> line.date().length()).contains(10);
    assertThat(lines)
        .extracting(line -> line.date().substring(Math.max(0, line.date().length() - 6)))
        .contains("+01:00", "+02:00", "-08:00", "+05:30")
        .anyMatch(end -> end.endsWith("Z"));
  }

  private static void add(Map<String, BigDecimal> sums, String payout, BigDecimal amount) {
    sums.merge(payout, amount.setScale(3), BigDecimal::add);
  }

  private static UnaryOperator<String> canonical(SettlementScenario scenario) {
    Map<String, String> canonical = scenario.canonicalReferences();
    return reference -> canonical.getOrDefault(reference, reference);
  }

  private static LocalDate day(String date, ZoneId zone) {
    return date.contains("T")
        ? OffsetDateTime.parse(date).atZoneSameInstant(zone).toLocalDate()
        : LocalDate.parse(date);
  }
}
