package dev.paymeter.support.settlement;

import java.time.LocalDate;
import java.time.ZoneId;

/**
 * A plan of a ledger's history and its settlement file. Two equal plans generate equal scenarios.
 *
 * @param zone of the file's days
 * @param from the first day of the file
 * @param to the last day of the file, at least 10 days after the first one
 * @param payments number of payments without a discrepancy, besides those that others need
 * @param ofEachKind number of discrepancies of each kind
 */
public record SettlementPlan(
    long seed,
    ZoneId zone,
    String gateway,
    LocalDate from,
    LocalDate to,
    int payments,
    int ofEachKind) {
  /** With these days, several zones begin daylight saving in the file, and others end it. */
  private static final LocalDate FROM = LocalDate.parse("2026-03-23");

  private static final LocalDate TO = LocalDate.parse("2026-04-08");

  /** Plans 50 discrepancies of each kind, beside 3,000 payments without any. */
  public static SettlementPlan of(long seed, String zone) {
    return new SettlementPlan(seed, ZoneId.of(zone), "stripe", FROM, TO, 3000, 50);
  }

  public SettlementPlan withDays(LocalDate first, LocalDate last) {
    return new SettlementPlan(seed, zone, gateway, first, last, payments, ofEachKind);
  }

  public SettlementPlan withPayments(int number) {
    return new SettlementPlan(seed, zone, gateway, from, to, number, ofEachKind);
  }

  public SettlementPlan withOfEachKind(int number) {
    return new SettlementPlan(seed, zone, gateway, from, to, payments, number);
  }

  /** Generates the history and its file. */
  public SettlementScenario generate() {
    SettlementDraft draft = new SettlementDraft(this);
    new HonestHistory(draft).add(payments);
    new NearMisses(draft).add(ofEachKind);
    new PlantedReferences(draft).add(ofEachKind);
    new PlantedAmounts(draft).add(ofEachKind);
    new PlantedDates(draft).add(ofEachKind);
    return draft.scenario();
  }
}
