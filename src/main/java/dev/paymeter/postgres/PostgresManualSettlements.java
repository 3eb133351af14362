package dev.paymeter.postgres;

import dev.paymeter.payment.ManualSettlement;
import dev.paymeter.payment.ManualSettlement.Operator;
import dev.paymeter.payment.ManualSettlement.Proposal;
import dev.paymeter.payment.ManualSettlement.State;
import dev.paymeter.payment.ManualSettlement.Step;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.ManualSettlements;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Manual settlements in PostgreSQL. Safe from any thread. */
public record PostgresManualSettlements(StatementExecutor statementExecutor)
    implements ManualSettlements {
  private static final String PROPOSE =
      """
      insert into manual_settlements (id, payment_id, status, reason, evidence, proposed_by,
        proposed_key, proposed_owner)
      select $1, p.id, $3, $4, $5, $6, $7, $8 from payments p
      where p.id = $2 and p.status = 'unknown'
      on conflict (payment_id) where withdrawn_at is null do nothing
      """;

  /** Adds a step to a proposal that has no other one. */
  private static final String ADD_STEP =
      """
      update manual_settlements m
      set %1$s_at = clock_timestamp(), %1$s_by = $2, %1$s_key = $3, %1$s_owner = $4
      where m.id = $1 and m.approved_at is null and m.withdrawn_at is null
        and exists (select from payments p where p.id = m.payment_id and p.status = 'unknown')
      """;

  private static final String STATE =
      """
      case
        when m.withdrawn_at is not null then 'withdrawn'
        when p.manual_settlement = m.id then 'settled'
        when p.status is distinct from 'unknown' then 'superseded'
        when m.approved_at is not null then 'approved'
        else 'proposed'
      end""";

  private static final String SELECT =
      """
      select m.id, m.payment_id, m.status, m.reason, m.evidence, m.proposed_at, m.proposed_by,
        m.proposed_key, m.proposed_owner, m.approved_at, m.approved_by, m.approved_key,
        m.approved_owner, m.withdrawn_at, m.withdrawn_by, m.withdrawn_key, m.withdrawn_owner,
        %1$s as state
      from manual_settlements m left join payments p on p.id = m.payment_id
      """
          .formatted(STATE);

  private static final String FIND =
      SELECT
          + """
          where m.payment_id = $1
          order by m.withdrawn_at is null desc, m.proposed_at desc, m.id desc limit 1
          """;

  private static final String LIST =
      SELECT
          + """
          where ($1::text is null or %s = $1) and (m.proposed_at, m.id) < ($2, $3)
          order by m.proposed_at desc, m.id desc limit $4
          """
              .formatted(STATE);

  /** An account that is not known yet may be the one. */
  private static final String IS_REACHABLE =
      """
      select exists (
        select from gateway_accounts g join instances i on i.instance_id = g.instance_id
        where i.lease_until >= clock_timestamp() and g.gateway = $1
          and (g.account = $2 or g.account is null)) as is_reachable
      """;

  @Override
  public Future<Boolean> propose(UUID id, Proposal proposal) {
    Operator by = proposal.by();
    return statementExecutor
        .update(
            PROPOSE,
            Tuple.of(
                id,
                proposal.payment(),
                proposal.status().label(),
                proposal.reason(),
                proposal.evidence(),
                by.name(),
                by.keyId(),
                by.owner()))
        .map(inserted -> inserted == 1);
  }

  @Override
  public Future<Boolean> approve(UUID id, Operator by) {
    return addStep("approved", id, by);
  }

  @Override
  public Future<Boolean> withdraw(UUID id, Operator by) {
    return addStep("withdrawn", id, by);
  }

  private Future<Boolean> addStep(String step, UUID id, Operator by) {
    return statementExecutor
        .update(ADD_STEP.formatted(step), Tuple.of(id, by.name(), by.keyId(), by.owner()))
        .map(updated -> updated == 1);
  }

  @Override
  public Future<Optional<ManualSettlement>> findOf(UUID payment) {
    return statementExecutor.first(FIND, Tuple.of(payment), PostgresManualSettlements::read);
  }

  @Override
  public Future<List<ManualSettlement>> list(
      @Nullable State state, PaymentPage.@Nullable Position after, int limit) {
    PaymentPage.Position end =
        after == null
            ? new PaymentPage.Position(PaymentListQuery.LATEST, PaymentListQuery.MIN_ID)
            : after;
    return statementExecutor.list(
        LIST,
        Tuple.of(
            state == null ? null : state.label(),
            PaymentRowMapper.utc(end.createdAt()),
            end.id(),
            limit),
        PostgresManualSettlements::read);
  }

  @Override
  public Future<Boolean> isReachable(String gateway, String account) {
    return statementExecutor
        .first(IS_REACHABLE, Tuple.of(gateway, account), row -> row.getBoolean("is_reachable"))
        .map(Optional::orElseThrow);
  }

  private static ManualSettlement read(Row row) {
    return new ManualSettlement(
        row.getUUID("id"),
        new Proposal(
            row.getUUID("payment_id"),
            PaymentStatus.of(row.getString("status")),
            row.getString("reason"),
            row.getString("evidence"),
            operator(row, "proposed")),
        PaymentRowMapper.instant(row, "proposed_at"),
        step(row, "approved"),
        step(row, "withdrawn"),
        State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)));
  }

  private static @Nullable Step step(Row row, String step) {
    return row.getOffsetDateTime(step + "_at") == null
        ? null
        : new Step(operator(row, step), PaymentRowMapper.instant(row, step + "_at"));
  }

  private static Operator operator(Row row, String step) {
    return new Operator(
        row.getString(step + "_by"), row.getString(step + "_key"), row.getString(step + "_owner"));
  }
}
