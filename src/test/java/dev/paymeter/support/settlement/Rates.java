package dev.paymeter.support.settlement;

import java.math.BigDecimal;
import java.util.Map;

/** Exchange rates of a ledger's history. */
final class Rates {
  static final String DATE = "2026-03-20";

  private static final Map<String, BigDecimal> USD =
      Map.of(
          "USD", new BigDecimal("1"),
          "EUR", new BigDecimal("1.0834"),
          "GBP", new BigDecimal("1.2711"),
          "JPY", new BigDecimal("0.00667"),
          "KRW", new BigDecimal("0.000724"),
          "KWD", new BigDecimal("3.2467"));

  private Rates() {}

  /** Returns US dollars for a major unit of a currency. */
  static BigDecimal usd(String currency) {
    return USD.get(currency);
  }
}
