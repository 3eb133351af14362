package dev.paymeter.postgres;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.StatusCounts;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Lists of payments. Each list is one statement, and so a consistent snapshot. For all users, its
 * cost depends on the number of requested rows and of existing combinations of status, gateway and
 * tier; for one user or order, also on its number of payments. For one merchant, it does not depend
 * on the payments of others.
 */
final class PaymentListQuery {
  /** The range and the limit of a list, with the same parameters in each statement. */
  private static final String RANGE =
      "p.created_at >= $4 and (p.created_at, p.id) < ($5, $6)"
          + " order by p.created_at desc, p.id desc limit $7";

  private static final String HAS_STATUS_GATEWAY_TIER =
      "($1::text is null or %1$s.current_status = $1)"
          + " and ($2::text is null or %1$s.gateway = $2)"
          + " and ($3::text is null or %1$s.user_tier = $3)";

  /**
   * Finds the existing combinations of status, gateway and tier by a skip scan of the index, takes
   * the newest rows of each requested combination, and merges them. The cost does not depend on the
   * number of rows of other combinations.
   */
  static final String BY_STATUS_GATEWAY_TIER = byStatusGatewayTier("true");

  /** As {@link #BY_STATUS_GATEWAY_TIER}, for the merchant $8, by an index of its own. */
  static final String BY_MERCHANT = byStatusGatewayTier("p.merchant = $8");

  /** Filters the rows of one user. */
  static final String BY_USER = filtered("p.user_id = $8");

  /** Filters the rows of one user of the merchant $9. */
  static final String BY_USER_OF_MERCHANT = filtered("p.merchant = $9 and p.user_id = $8");

  /** Filters the rows of one order, of one user or of all. */
  static final String BY_ORDER =
      filtered("p.order_id = $9 and ($8::text is null or p.user_id = $8)");

  /** As {@link #BY_ORDER}, of the merchant $10. */
  static final String BY_ORDER_OF_MERCHANT =
      filtered("p.merchant = $10 and p.order_id = $9 and ($8::text is null or p.user_id = $8)");

  /** Counts entries of indexes up to the maximum $1. */
  static final String COUNTS =
      """
      select
        (select count(*) from (select from payments p limit $1) counted) as all_payments,
        (select count(*) from (select from payments p where p.status = 'unknown' limit $1) counted)
          as unknown,
        (select count(*) from (select from payments p where p.status = 'requires_action' limit $1)
          counted) as waiting,
        (select count(*) from (select from payments p where p.status = 'authorized' limit $1)
          counted) as authorized,
        (select count(*) from (select from payments p where p.current_status = 'failed' limit $1)
          counted) as failed,
        (select count(*) from (
          (select p.id from payments p where p.current_status in ('partially_refunded', 'refunded')
            limit $1)
          union
          (select r.payment_id from refunds r where r.failed_at is not null limit $1)
          limit $1) counted) as refunded,
        (select count(*) from (
          (select p.id from payments p
            where p.current_status in ('disputed', 'dispute_lost', 'reversed') limit $1)
          union
          (select d.payment_id from disputes d
            where d.status in ('warning_needs_response', 'warning_under_review') limit $1)
          limit $1) counted) as disputed,
        (select count(*) from (
          select from manual_settlements m join payments p on p.id = m.payment_id
          where m.withdrawn_at is null and p.status = 'unknown' limit $1) counted) as proposed,
        (select count(*) from (
          (select d.id from disputes d where %s limit $1)
          union all
          (select r.id from refunds r where r.failed_at is not null limit $1)
          limit $1) counted) as later_events
      """
          .formatted(PostgresDisputeLedger.IS_OPEN);

  static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
  static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

  /** The id that sorts before all others. */
  static final UUID MIN_ID = new UUID(0, 0);

  private PaymentListQuery() {}

  private static String byStatusGatewayTier(String condition) {
    return """
        with recursive kinds as (
          (select p.current_status, p.gateway, p.user_tier from payments p where %1$s
           order by p.current_status, p.gateway, p.user_tier limit 1)
          union all
          select next.current_status, next.gateway, next.user_tier
          from kinds k cross join lateral (
            select p.current_status, p.gateway, p.user_tier from payments p
            where %1$s and (p.current_status, p.gateway, p.user_tier)
              > (k.current_status, k.gateway, k.user_tier)
            order by p.current_status, p.gateway, p.user_tier limit 1) next
        ),
        newest as (
          select of_kind.id, of_kind.created_at
          from kinds k cross join lateral (
            select p.id, p.created_at from payments p
            where %1$s and p.current_status = k.current_status and p.gateway = k.gateway
              and p.user_tier = k.user_tier and %2$s) of_kind
          where %3$s
          order by of_kind.created_at desc, of_kind.id desc limit $7
        )
        select %4$s from newest n join payments p on p.id = n.id
        order by n.created_at desc, n.id desc
        """
        .formatted(
            condition,
            RANGE,
            HAS_STATUS_GATEWAY_TIER.formatted("k"),
            PaymentRowMapper.columns("p"));
  }

  private static String filtered(String condition) {
    return "select %s from payments p where %s and %s and %s"
        .formatted(
            PaymentRowMapper.columns("p"),
            condition,
            HAS_STATUS_GATEWAY_TIER.formatted("p"),
            RANGE);
  }

  static Future<List<Payment>> run(
      StatementExecutor statementExecutor,
      PaymentFilter filter,
      PaymentPage.@Nullable Position after,
      int limit) {
    return statementExecutor.list(
        statement(filter), parameters(filter, after, limit), PaymentRowMapper::read);
  }

  static Future<StatusCounts> count(StatementExecutor statementExecutor, int max) {
    return statementExecutor
        .first(
            COUNTS,
            Tuple.of(max),
            row ->
                new StatusCounts(
                    row.getLong("all_payments"),
                    row.getLong("unknown"),
                    row.getLong("waiting"),
                    row.getLong("authorized"),
                    row.getLong("failed"),
                    row.getLong("refunded"),
                    row.getLong("disputed"),
                    row.getLong("proposed"),
                    row.getLong("later_events")))
        .map(Optional::orElseThrow);
  }

  private static String statement(PaymentFilter filter) {
    boolean isOfMerchant = filter.merchant() != null;
    if (filter.orderId() != null) {
      return isOfMerchant ? BY_ORDER_OF_MERCHANT : BY_ORDER;
    }
    if (filter.userId() != null) {
      return isOfMerchant ? BY_USER_OF_MERCHANT : BY_USER;
    }
    return isOfMerchant ? BY_MERCHANT : BY_STATUS_GATEWAY_TIER;
  }

  private static Tuple parameters(
      PaymentFilter filter, PaymentPage.@Nullable Position after, int limit) {
    Instant since = filter.createdSince() == null ? EARLIEST : filter.createdSince();
    PaymentPage.Position end =
        new PaymentPage.Position(
            filter.createdBefore() == null ? LATEST : filter.createdBefore(), MIN_ID);
    if (after != null && after.createdAt().isBefore(end.createdAt())) {
      end = after;
    }
    Tuple parameters =
        Tuple.of(
            filter.status() == null ? null : filter.status().label(),
            filter.gateway(),
            filter.tier(),
            PaymentRowMapper.utc(since),
            PaymentRowMapper.utc(end.createdAt()),
            end.id());
    parameters.addValue(limit);
    if (filter.orderId() != null) {
      parameters.addValue(filter.userId()).addValue(filter.orderId());
    } else if (filter.userId() != null) {
      parameters.addValue(filter.userId());
    }
    return filter.merchant() == null ? parameters : parameters.addValue(filter.merchant());
  }
}
