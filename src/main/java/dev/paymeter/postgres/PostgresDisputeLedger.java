package dev.paymeter.postgres;

import static dev.paymeter.postgres.LedgerIdentity.isHeld;

import dev.paymeter.payment.Dispute;
import dev.paymeter.payment.DisputeEvent;
import dev.paymeter.payment.DisputeStatus;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.DisputeLedger;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Disputes in PostgreSQL. Safe from any thread; results come on the caller's context. */
public record PostgresDisputeLedger(
    StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity) implements DisputeLedger {
  private static final String SELECT =
      """
      select d.id, d.payment_id, d.reference, d.status, d.reason, d.amount, d.currency,
        d.amount_usd, d.fx_rate, d.fx_date, d.respond_by, d.fee, d.fee_currency, d.created_at,
        d.changed_at, d.version
      from disputes d
      """;

  private static final String FIND = SELECT + "where d.account = $1 and d.reference = $2";

  private static final String LIST =
      SELECT + "where d.payment_id = $1 order by d.created_at, d.reference";

  /**
   * Writes a state and its business events, under a reserved publisher name, or nothing. Locks the
   * payment's row first: the trigger, which computes its status, then finds all states of its
   * disputes. The first version is inserted, later ones replace the previous one. A fee is also
   * inserted if it is another one than that of the version before, which the statement still sees.
   */
  private static final String WRITE =
      """
      with payment as (
        select p.id from payments p where p.id = $2 and %s for no key update),
      inserted as (
        insert into disputes (id, payment_id, account, reference, status, reason, amount, currency,
          amount_usd, fx_rate, fx_date, respond_by, fee, fee_currency, created_at, changed_at,
          version)
        select $1, id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17
        from payment where $17 = 1
        on conflict (account, reference) do nothing
        returning id),
      updated as (
        update disputes d
        set status = $5, reason = $6, amount = $7, currency = $8, amount_usd = $9, fx_rate = $10,
          fx_date = $11, respond_by = $12, fee = $13, fee_currency = $14, created_at = $15,
          changed_at = $16, version = $17
        from payment where d.id = $1 and d.version = $17 - 1
        returning d.id),
      written as (select id from inserted union all select id from updated),
      counted as (
        insert into business_events (%s)
        select $18, e.id, e.event, e.event, $7, $8, $9, $10, $11, $16, $19, $20, $21, $22
        from written, unnest($23::text[], $24::text[]) as e (id, event)),
      charged as (
        insert into dispute_fees (dispute_id, version, fee, currency, fee_usd, recorded_at,
          receipt, instance_id, epoch, segment)
        select w.id, $17, $13, $14, $25, $16, $19, $20, $21, $22
        from written w left join disputes earlier on earlier.id = w.id
        where $13::numeric is not null
          and (earlier.fee, earlier.fee_currency) is distinct from ($13::numeric, $14::text))
      select id from written
      """
          .formatted(isHeld("$20", "$21"), ReportInserts.EVENT_COLUMNS);

  /** Finds a change with business events that an earlier execution of its statement committed. */
  private static final String IS_WRITTEN =
      "select from business_events where publisher = $1 and id = $2 and receipt = $3";

  /** Condition: the dispute or warning has not ended. As in the index of these. */
  static final String IS_OPEN =
      """
      d.status in ('warning_needs_response', 'warning_under_review', 'needs_response',
        'under_review')\
      """;

  /** Reads the open ones only, by an index. */
  private static final String OPEN =
      """
      select p.gateway, d.status like 'warning%%' as is_warning, count(*) as count,
        count(d.respond_by) filter (where d.status like '%%needs_response') as awaiting,
        min(d.respond_by) filter (where d.status like '%%needs_response') as respond_by,
        sum(d.amount_usd) as usd
      from disputes d join payments p on p.id = d.payment_id
      where %s
      group by p.gateway, is_warning
      """
          .formatted(IS_OPEN);

  /** Reads the open ones only, by an index. */
  private static final String LIST_OPEN =
      """
      select d.status as open_status, d.respond_by, %s
      from disputes d join payments p on p.id = d.payment_id
      where %s
      order by d.status like '%%needs_response' desc, d.respond_by nulls last, d.id limit $1
      """
          .formatted(PaymentRowMapper.columns("p"), IS_OPEN);

  @Override
  public Future<Optional<Dispute>> find(String account, String reference) {
    return statementExecutor.first(
        FIND, Tuple.of(account, reference), PostgresDisputeLedger::dispute);
  }

  @Override
  public Future<List<Dispute>> list(UUID payment) {
    return statementExecutor.list(LIST, Tuple.of(payment), PostgresDisputeLedger::dispute);
  }

  @Override
  public Future<Boolean> write(Change change) {
    return statementExecutor
        .run(WRITE, parameters(change))
        .compose(
            written ->
                written.size() == 1
                    ? Future.succeededFuture(true)
                    : isWritten(change)
                        .compose(
                            isWritten ->
                                isWritten
                                    ? Future.succeededFuture(true)
                                    : ledgerIdentity
                                        .checkHeld(statementExecutor)
                                        .map(held -> false)));
  }

  private Future<Boolean> isWritten(Change change) {
    return change.events().isEmpty()
        ? Future.succeededFuture(false)
        : statementExecutor
            .run(
                IS_WRITTEN,
                Tuple.of(
                    Refund.PUBLISHER, change.eventId(change.events().get(0)), change.receipt()))
            .map(rows -> rows.size() == 1);
  }

  private Tuple parameters(Change change) {
    Dispute after = change.after();
    Money fee = after.fee();
    return Tuple.of(
            after.id(),
            after.payment(),
            change.account(),
            after.reference(),
            after.status().label(),
            after.reason())
        .addValue(after.amount().amount())
        .addValue(PaymentRowMapper.currency(after.amount()))
        .addValue(after.amountUsd())
        .addValue(after.rate().usd())
        .addValue(after.rate().date())
        .addValue(after.respondBy() == null ? null : PaymentRowMapper.utc(after.respondBy()))
        .addValue(fee == null ? null : fee.amount())
        .addValue(fee == null ? null : PaymentRowMapper.currency(fee))
        .addValue(PaymentRowMapper.utc(after.createdAt()))
        .addValue(PaymentRowMapper.utc(after.changedAt()))
        .addValue(after.version())
        .addValue(Refund.PUBLISHER)
        .addValue(change.receipt())
        .addValue(ledgerIdentity.instanceId())
        .addValue(ledgerIdentity.epoch())
        .addValue(change.segment())
        .addValue(change.events().stream().map(change::eventId).toArray(String[]::new))
        .addValue(change.events().stream().map(DisputeEvent::label).toArray(String[]::new))
        .addValue(change.feeUsd());
  }

  @Override
  public Future<List<OpenTotal>> openByGateway() {
    return statementExecutor.list(
        OPEN,
        Tuple.tuple(),
        row ->
            new OpenTotal(
                row.getString("gateway"),
                row.getBoolean("is_warning"),
                row.getLong("count"),
                row.getLong("awaiting"),
                respondBy(row),
                row.getBigDecimal("usd")));
  }

  @Override
  public Future<List<OpenDispute>> listOpen(int limit) {
    return statementExecutor.list(
        LIST_OPEN,
        Tuple.of(limit),
        row ->
            new OpenDispute(
                PaymentRowMapper.read(row),
                DisputeStatus.of(row.getString("open_status")),
                respondBy(row)));
  }

  private static @Nullable Instant respondBy(Row row) {
    OffsetDateTime respondBy = row.getOffsetDateTime("respond_by");
    return respondBy == null ? null : respondBy.toInstant();
  }

  private static Dispute dispute(Row row) {
    return new Dispute(
        row.getUUID("id"),
        row.getUUID("payment_id"),
        row.getString("reference"),
        DisputeStatus.of(row.getString("status")),
        row.getString("reason"),
        Money.of(row.getBigDecimal("amount"), Currency.getInstance(row.getString("currency"))),
        row.getBigDecimal("amount_usd"),
        new ExchangeRates.Rate(row.getBigDecimal("fx_rate"), row.getLocalDate("fx_date")),
        respondBy(row),
        fee(row),
        PaymentRowMapper.instant(row, "created_at"),
        PaymentRowMapper.instant(row, "changed_at"),
        row.getInteger("version"));
  }

  private static @Nullable Money fee(Row row) {
    BigDecimal fee = row.getBigDecimal("fee");
    return fee == null ? null : Money.of(fee, Currency.getInstance(row.getString("fee_currency")));
  }
}
