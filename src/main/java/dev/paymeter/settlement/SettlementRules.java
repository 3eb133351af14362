package dev.paymeter.settlement;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The rules of a comparison.
 *
 * @param gateway of the file
 * @param lateAfter a line that is booked later than this after its row was settled is late
 * @param dayBoundary the time before and after midnight in which both sides may name another day
 * @param tariffs the agreed fees of payments; none are checked without one
 */
public record SettlementRules(
    String gateway, Period period, Duration lateAfter, Duration dayBoundary, List<Tariff> tariffs) {
  public static final Duration LATE_AFTER = Duration.ofDays(5);
  public static final Duration DAY_BOUNDARY = Duration.ofMinutes(15);

  public SettlementRules {
    tariffs = List.copyOf(tariffs);
  }

  /** Returns the tariff of a currency, rather than the one for all. */
  public Optional<Tariff> tariff(String currency) {
    return tariffs.stream()
        .filter(tariff -> currency.equals(tariff.currency()))
        .findFirst()
        .or(() -> tariffs.stream().filter(tariff -> tariff.currency() == null).findFirst());
  }
}
