package dev.paymeter.postgres;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;

/**
 * Payments in the ledger.
 *
 * @param settled those of one instance
 * @param unresolved those of all instances whose outcome is not known
 */
public record LedgerTotals(Sum settled, Sum unresolved) {
  /** Reads the view that is for reports and audits. */
  private static final String TOTALS =
      """
      select count(*) filter (where instance_id = $1 and status <> 'voided') as settled,
             coalesce(
               sum(amount_usd) filter (where instance_id = $1 and status <> 'voided'), 0.00)
               as settled_usd,
             count(*) filter (where status in ('pending', 'unknown')) as unresolved,
             coalesce(sum(amount_usd) filter (where status in ('pending', 'unknown')), 0.00)
               as unresolved_usd
      from payments_ledger
      """;

  /**
   * Number of payments, and the sum of their amounts.
   *
   * @param usd in US dollars, two decimals
   */
  public record Sum(long count, BigDecimal usd) {
    private static Sum of(Row row, String name) {
      return new Sum(row.getLong(name), row.getBigDecimal(name + "_usd"));
    }
  }

  /** Reads all rows; not for a large ledger. */
  public static Future<LedgerTotals> read(StatementExecutor statementExecutor, String instanceId) {
    return statementExecutor
        .first(
            TOTALS,
            Tuple.of(instanceId),
            row -> new LedgerTotals(Sum.of(row, "settled"), Sum.of(row, "unresolved")))
        .map(totals -> totals.orElseThrow());
  }
}
