package dev.paymeter.postgres;

import dev.paymeter.payment.OperatorAction;
import dev.paymeter.payment.port.OperatorLog;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;

/** The audit trail in PostgreSQL. Safe from any thread; results come on the caller's context. */
public record PostgresOperatorLog(StatementExecutor statementExecutor) implements OperatorLog {
  private static final String BEGIN =
      """
      insert into operator_actions (operator, action, subject, reason, request_id)
      values ($1, $2, $3, $4, $5)
      returning id
      """;

  private static final String END =
      """
      update operator_actions set outcome = $2, ended_at = clock_timestamp() where id = $1
      """;

  @Override
  public Future<Long> begin(OperatorAction action) {
    return statementExecutor
        .first(
            BEGIN,
            Tuple.of(
                action.operator(),
                action.kind().label(),
                action.subject(),
                action.reason(),
                action.requestId()),
            row -> row.getLong("id"))
        .map(Optional::orElseThrow);
  }

  @Override
  public Future<Void> end(long id, String outcome) {
    return statementExecutor.run(END, Tuple.of(id, outcome)).mapEmpty();
  }
}
