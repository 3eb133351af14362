package dev.paymeter.postgres;

import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;

/**
 * Number of an instance's settled payments in the ledger, and the sum of their amounts.
 *
 * @param usd in US dollars, two decimals
 */
public record SettledPayments(long count, BigDecimal usd) {
  /** Reads the view that is for reports and audits. */
  private static final String TOTAL =
      """
      select count(*) as count, coalesce(sum(amount_usd), 0.00) as usd
      from payments_ledger where instance_id = $1
      """;

  /** Reads all rows of the instance; not for a large ledger. */
  public static Future<SettledPayments> read(
      StatementExecutor statementExecutor, String instanceId) {
    return statementExecutor
        .first(
            TOTAL,
            Tuple.of(instanceId),
            row -> new SettledPayments(row.getLong("count"), row.getBigDecimal("usd")))
        .map(total -> total.orElseThrow());
  }
}
