package dev.paymeter.support;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;

/** The growth of a family, as Prometheus computes it: a value below the last one is a reset. */
public final class Increase {
  private final String family;
  private Map<Map<String, String>, BigDecimal> last = new HashMap<>();
  private BigDecimal total = BigDecimal.ZERO;

  /**
   * @param family the name of a series, such as {@code payment_amount_usd_sum}
   */
  public Increase(String family) {
    this.family = family;
  }

  /** Adds the next scrape. */
  public void add(Scrape scrape) {
    Map<Map<String, String>, BigDecimal> now = scrape.values(family);
    now.forEach(
        (labels, value) -> {
          BigDecimal before = last.getOrDefault(labels, BigDecimal.ZERO);
          total = total.add(value.compareTo(before) < 0 ? value : value.subtract(before));
        });
    last = now;
  }

  /** Returns the growth since zero, over all series. */
  public BigDecimal total() {
    return total;
  }
}
