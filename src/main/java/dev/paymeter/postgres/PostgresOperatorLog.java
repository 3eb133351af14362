package dev.paymeter.postgres;

import dev.paymeter.payment.OperatorAction;
import dev.paymeter.payment.port.OperatorLog;
import dev.paymeter.payment.query.ActionFilter;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The audit trail in PostgreSQL. Safe from any thread; results come on the caller's context. */
public record PostgresOperatorLog(StatementExecutor statementExecutor) implements OperatorLog {
  private static final String BEGIN =
      """
      insert into operator_actions (operator, key_id, merchant, action, subject, reason, details,
        request_id, client_address, forwarded_for, user_agent)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
      returning id
      """;

  private static final String END =
      """
      update operator_actions set status = $2, outcome = $3, ended_at = clock_timestamp()
      where id = $1
      """;

  private static final String LIST =
      """
      select id, at, operator, key_id, merchant, action, subject, reason, details, request_id,
        client_address, forwarded_for, user_agent, ended_at, status, outcome
      from operator_actions
      where %s and at >= $6 and (at, id) < ($7, $8)
      order by at desc, id desc limit $9
      """;

  private static final List<String> COLUMNS =
      List.of("operator", "key_id", "merchant", "action", "subject");

  @Override
  public Future<Long> begin(OperatorAction action) {
    OperatorAction.Operator operator = action.operator();
    OperatorAction.Source source = action.source();
    return statementExecutor
        .first(
            BEGIN,
            Tuple.of(
                operator.name(),
                operator.keyId(),
                operator.merchant(),
                action.kind(),
                action.subject(),
                action.reason(),
                action.details(),
                source.requestId(),
                source.address(),
                source.forwardedFor(),
                source.userAgent()),
            row -> row.getLong("id"))
        .map(Optional::orElseThrow);
  }

  @Override
  public Future<Void> end(long id, int status, String outcome) {
    return statementExecutor.run(END, Tuple.of(id, status, outcome)).mapEmpty();
  }

  @Override
  public Future<List<OperatorAction.Entry>> list(
      ActionFilter filter, PaymentPage.@Nullable Position after, int limit) {
    Tuple parameters =
        Tuple.of(filter.name(), filter.keyId(), filter.merchant(), filter.kind(), filter.subject());
    Instant since = filter.since() == null ? PaymentListQuery.EARLIEST : filter.since();
    PaymentPage.Position end =
        new PaymentPage.Position(
            filter.before() == null ? PaymentListQuery.LATEST : filter.before(),
            PaymentListQuery.MIN_ID);
    if (after != null && after.createdAt().isBefore(end.createdAt())) {
      end = after;
    }
    return statementExecutor.list(
        LIST.formatted(conditions(parameters)),
        parameters
            .addValue(PaymentRowMapper.utc(since))
            .addValue(PaymentRowMapper.utc(end.createdAt()))
            .addValue(end.id().getLeastSignificantBits())
            .addValue(limit),
        PostgresOperatorLog::read);
  }

  /** Returns the conditions of the given values only, so that an index can be used. */
  private static String conditions(Tuple values) {
    return IntStream.range(0, COLUMNS.size())
        .mapToObj(
            i ->
                values.getValue(i) == null
                    ? "$%d::text is null".formatted(i + 1)
                    : "%s = $%d".formatted(COLUMNS.get(i), i + 1))
        .collect(Collectors.joining(" and "));
  }

  private static OperatorAction.Entry read(Row row) {
    return new OperatorAction.Entry(
        row.getLong("id"),
        PaymentRowMapper.instant(row, "at"),
        new OperatorAction(
            new OperatorAction.Operator(
                row.getString("operator"), row.getString("key_id"), row.getString("merchant")),
            row.getString("action"),
            row.getString("subject"),
            row.getString("reason"),
            row.getString("details"),
            new OperatorAction.Source(
                row.getString("request_id"),
                row.getString("client_address"),
                row.getString("forwarded_for"),
                row.getString("user_agent"))),
        row.getOffsetDateTime("ended_at") == null
            ? null
            : new OperatorAction.Result(
                PaymentRowMapper.instant(row, "ended_at"),
                row.getInteger("status"),
                row.getString("outcome")));
  }
}
