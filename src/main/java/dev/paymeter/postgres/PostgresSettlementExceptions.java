package dev.paymeter.postgres;

import dev.paymeter.settlement.ExceptionKind;
import dev.paymeter.settlement.SettlementExceptions;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Locale;

/** The exceptions of settlement files in PostgreSQL. Safe from any thread. */
public record PostgresSettlementExceptions(StatementExecutor statementExecutor)
    implements SettlementExceptions {
  static final String OPEN =
      """
      select kind, count(*) as count, min(opened_at) as oldest, coalesce(sum(amount_usd), 0) as usd
      from settlement_exceptions
      where closed_at is null
      group by kind
      """;

  @Override
  public Future<List<OpenTotal>> openByKind() {
    return statementExecutor.list(
        OPEN,
        Tuple.tuple(),
        row ->
            new OpenTotal(
                ExceptionKind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
                row.getLong("count"),
                PaymentRowMapper.instant(row, "oldest"),
                row.getBigDecimal("usd")));
  }
}
