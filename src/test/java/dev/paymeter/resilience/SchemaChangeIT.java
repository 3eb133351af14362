package dev.paymeter.resilience;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.EventSource;
import dev.paymeter.support.LogLines;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.load.Load;
import dev.paymeter.support.load.RefundLoad;
import dev.paymeter.support.service.RunningService;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A migration of the schema while the service runs. */
class SchemaChangeIT {
  private static final String TABLES =
      "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
          + " and relname <> 'flyway_schema_history' order by relname";

  /**
   * Tables, with the changes that give their columns a longer type, except those whose type is the
   * type of a function's parameter. The views are created again, as a migration would.
   */
  private static final String LENGTHENED_COLUMNS =
      "select c.relname, string_agg('alter column ' || a.attname || ' type '"
          + " || case when t.typname = 'int4' then 'bigint' else 'numeric(20, 2)' end, ', ')"
          + " from pg_attribute a join pg_class c on c.oid = a.attrelid"
          + " join pg_type t on t.oid = a.atttypid"
          + " where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace"
          + " and c.relname not in ('flyway_schema_history', 'closed_segments', 'acknowledgements')"
          + " and not a.attisdropped and a.attnum > 0"
          + " and (t.typname = 'int4' or t.typname = 'numeric' and a.atttypmod > 0)"
          + " group by 1 order by 1";

  private static final String VIEWS =
      "select viewname, definition from pg_views where schemaname = 'public'";

  private static final long STEP = 5;
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final RunningService service =
      RunningService.start(Map.of("metrics.audit-interval", "100ms", "database.timeout", "30s"));
  private final String database = service.databaseUrl();

  @Test
  void alterTables_underLoad_failNoRequest() {
    try (LogLines log = LogLines.of("dev.paymeter");
        EventSource events = new EventSource(service.api("/v1/events"));
        Load payments = Load.start(2, () -> service.api("/v1/payments")).pausing(PAUSE);
        Load keyed = Load.startWithRetry(2, () -> service.api("/v1/payments")).pausing(PAUSE);
        Load reports = Load.startEvents(1, () -> service.api("/v1/observations")).pausing(PAUSE);
        RefundLoad refunds = RefundLoad.start(() -> database, service::api)) {
      List<String> tables =
          TestPostgres.query(database, TABLES).stream().map(row -> row.get(0)).toList();
      assertThat(tables).contains("payments", "refunds", "business_events", "payment_events");

      for (String table : tables) {
        change(
            "alter table %1$s add column extra text; create index on %1$s (extra)".formatted(table),
            payments,
            keyed,
            refunds);
      }
      for (List<String> table : TestPostgres.query(database, LENGTHENED_COLUMNS)) {
        change(
            recreatingViews("alter table %s %s".formatted(table.get(0), table.get(1))),
            payments,
            keyed,
            refunds);
      }

      payments.stop();
      keyed.stop();
      reports.stop();
      refunds.close();
      long settled = payments.settled() + keyed.settled();
      assertThat(payments.responses()).containsOnlyKeys(201);
      assertThat(keyed.responses()).containsOnlyKeys(201);
      assertThat(reports.responses().keySet()).allMatch(status -> status < 300);
      assertThat(refunds.statuses()).isEqualTo(Set.of(201));
      assertThat(log.containing("cached plan")).isEmpty();
      assertThat(log.containing("ERROR")).isEmpty();
      assertThat(
              TestPostgres.query(
                  database, "select id from payments where unknown_since is not null"))
          .isEmpty();
      eventually(() -> assertThat(published(events)).isEqualTo(settled));
      eventually(
          () ->
              assertThat(new Scrape(service.metrics()).sum("metrics_ledger_drift"))
                  .isEqualByComparingTo("0"));
    } finally {
      service.close();
    }
  }

  /** Changes the schema, and waits until each load has met it. */
  private void change(String sql, Load payments, Load keyed, RefundLoad refunds) {
    TestPostgres.execute(database, sql);
    long paid = payments.settled();
    long paidByKey = keyed.settled();
    int refunded = refunds.refunded();
    eventually(
        () -> {
          assertThat(payments.settled()).isGreaterThan(paid + STEP);
          assertThat(keyed.settled()).isGreaterThan(paidByKey + STEP);
          assertThat(refunds.refunded()).isGreaterThan(refunded);
        });
    assertThat(RunningService.get(service.api("/v1/payments")).statusCode()).isEqualTo(200);
  }

  private String recreatingViews(String sql) {
    List<List<String>> views = TestPostgres.query(database, VIEWS);
    String drop = views.stream().map(view -> view.get(0)).collect(Collectors.joining(", "));
    String create =
        views.stream()
            .map(view -> "create view " + view.get(0) + " as " + view.get(1))
            .collect(Collectors.joining(" "));
    return "begin; drop view " + drop + "; " + sql + "; " + create + " commit";
  }

  private static long published(EventSource events) {
    return events.received().stream()
        .map(event -> event.data().getJsonObject("payment"))
        .filter(payment -> payment.getString("status").equals("success"))
        .map(payment -> payment.getString("id"))
        .distinct()
        .count();
  }
}
