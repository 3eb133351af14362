package dev.paymeter.support.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Money;
import dev.paymeter.payment.port.GatewayDispute;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A comparison of what happened to payments after their outcome: the disputes in the ledger with
 * those of the gateways, and disputes and refunds with their business events and with the events of
 * their payments. Each change has exactly one.
 *
 * @param databaseUrl the ledger, in which all transfers are settled
 */
public record ChangesAudit(String databaseUrl) {
  /** The business events of a dispute by its state, in alphabetical order. */
  private static final Map<String, Set<String>> EVENTS =
      Map.of(
          "warning_needs_response", Set.of("warning_opened"),
          "warning_under_review", Set.of("warning_opened"),
          "warning_closed", Set.of("warning_closed warning_opened"),
          "needs_response", withWarning("dispute_opened"),
          "under_review", withWarning("dispute_opened"),
          "won",
              withWarning(
                  "dispute_opened dispute_won", "dispute_lost dispute_opened dispute_reinstated"),
          "lost", withWarning("dispute_lost dispute_opened"),
          "reversed", Set.of("reversal"));

  private static Set<String> withWarning(String... events) {
    return Stream.of(events)
        .flatMap(each -> Stream.of(each, each + " warning_closed warning_opened"))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Asserts that the ledger has exactly the disputes of the gateways, as they are now. */
  public void assertDisputes(Map<String, List<GatewayDispute>> gateways) {
    List<List<String>> expected = new ArrayList<>();
    gateways.forEach(
        (gateway, disputes) -> disputes.forEach(dispute -> expected.add(row(gateway, dispute))));
    assertThat(
            TestPostgres.query(
                databaseUrl,
                """
                select d.gateway, d.reference, d.payment_id, coalesce(p.gateway_key, p.id),
                  d.status, d.reason, d.amount, d.currency, d.fee, d.fee_currency
                from disputes_ledger d join payments p on p.id = d.payment_id
                """))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  private static List<String> row(String gateway, GatewayDispute dispute) {
    List<String> row = new ArrayList<>();
    row.add(gateway);
    row.add(dispute.reference());
    row.add(dispute.payment().toString());
    row.add(dispute.gatewayKey().toString());
    row.add(dispute.status().label());
    row.add(dispute.reason());
    add(row, dispute.amount());
    add(row, dispute.fee());
    return row;
  }

  private static void add(List<String> row, @Nullable Money money) {
    row.add(money == null ? null : money.amount().toPlainString());
    row.add(money == null ? null : money.currency().getCurrencyCode());
  }

  /** Asserts that all changes of disputes and refunds have their events, each exactly once. */
  public void assertEvents() {
    assertBusinessEventsOfDisputes();
    assertPaymentEvents();
    assertStatuses();
  }

  private void assertBusinessEventsOfDisputes() {
    for (List<String> row :
        TestPostgres.query(
            databaseUrl,
            """
            select d.id, d.status, string_agg(e.event, ' ' order by e.event),
              count(*) filter (where (d.amount, d.currency, d.amount_usd, d.fx_rate)
                is distinct from (e.amount, e.currency, e.amount_usd, e.fx_rate))
            from disputes d full join (
                select *, split_part(id, '/', 1) as dispute from business_events
                where publisher = 'paymeter' and id like '%/%') e
              on d.id::text = e.dispute
            group by 1, 2
            """)) {
      assertThat(row.get(0)).as("the dispute of %s", row).isNotNull();
      assertThat(EVENTS.get(row.get(1))).as("%s", row).contains(row.get(2));
      assertThat(row.get(3)).as("amounts that differ: %s", row).isEqualTo("0");
    }
  }

  /**
   * Events of payments and business events are written by the same statements: for each statement
   * that has changed a dispute, there is one of its payment.
   */
  private void assertPaymentEvents() {
    String expected =
        """
        select payment_id,
          case event when 'reversal' then 'reversed' when 'dispute_reinstated' then 'dispute_won'
            else event end as change,
          count(*) as count
        from (
          select d.payment_id, e.receipt, (array_agg(e.event order by array_position(
            array['dispute_won', 'dispute_lost', 'dispute_reinstated', 'reversal',
              'dispute_opened', 'warning_closed', 'warning_opened'], e.event)))[1] as event
          from disputes d join business_events e
            on e.publisher = 'paymeter' and e.id = d.id::text || '/' || e.event
          group by 1, 2) statements
        group by 1, 2
        union all
        select payment_id, 'refund_failed', count(*) from refunds where failed_at is not null
        group by 1
        """;
    String found =
        "select payment_id, change, count(*) from payment_events where change is not null group by 1, 2";
    assertThat(
            TestPostgres.query(
                databaseUrl,
                "(select 'missing', * from (%1$s) m except select 'missing', * from (%2$s) f) union all (select 'unexpected', * from (%2$s) f except select 'unexpected', * from (%1$s) m)"
                    .formatted(expected, found)))
        .as("changes of disputes and failures of refunds without their event")
        .isEmpty();
    assertThat(
            TestPostgres.query(
                databaseUrl,
                """
                select p.id, r.succeeded, r.failed, e.succeeded, e.failed from payments p
                  left join (
                    select payment_id, count(*) as succeeded, count(failed_at) as failed
                    from refunds where status = 'success' group by 1) r on r.payment_id = p.id
                  left join (
                    select payment_id, count(*) filter (where difference > 0) as succeeded,
                      count(*) filter (where difference < 0) as failed
                    from (
                      select payment_id, refunded - lag(refunded, 1, 0::numeric)
                        over (partition by payment_id order by number) as difference
                      from payment_events) differences
                    group by 1) e on e.payment_id = p.id
                where p.source is null and (coalesce(r.succeeded, 0), coalesce(r.failed, 0))
                  is distinct from (e.succeeded, e.failed)
                """))
        .as("payments with refunds, and events of these")
        .isEmpty();
  }

  /** The status of a payment follows from its disputes, and its last event has that status. */
  private void assertStatuses() {
    assertThat(
            TestPostgres.query(
                databaseUrl,
                """
                select p.id, p.dispute_status, d.status from payments p left join (
                    select payment_id,
                      case when bool_or(status = 'reversed') then 'reversed'
                        when bool_or(status in ('needs_response', 'under_review')) then 'disputed'
                        when bool_or(status = 'lost') then 'dispute_lost' end as status
                    from disputes group by 1) d on d.payment_id = p.id
                where p.dispute_status is distinct from d.status
                """))
        .as("payments and their disputes")
        .isEmpty();
    assertThat(
            TestPostgres.query(
                databaseUrl,
                """
                select p.id, p.current_status, p.refunded, e.status, e.refunded from payments p
                  left join lateral (
                    select status, refunded from payment_events
                    where payment_id = p.id order by number desc limit 1) e on true
                where (p.current_status, p.refunded) is distinct from (e.status, e.refunded)
                """))
        .as("payments and their last events")
        .isEmpty();
  }
}
