package dev.paymeter.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.audit.chain.ChainReport;
import dev.paymeter.audit.chain.Finding;
import dev.paymeter.security.SigningKey;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Random forgeries by someone with all rights on the database, each of which has to be detected and
 * located, and honest runs, which must not raise an alarm.
 */
final class Forgeries {
  private static final List<String> INSTANCES = List.of("host-0", "host-1");

  /** Honest columns of a payment, with another value for each. */
  private static final Map<String, String> PAYMENT_CHANGES =
      Map.ofEntries(
          Map.entry("amount", "amount + 0.01"),
          Map.entry("amount_usd", "amount_usd + 0.01"),
          Map.entry("user_id", "'another'"),
          Map.entry("order_id", "order_id || ' '"),
          Map.entry("description", "null"),
          Map.entry("account", "'acct_2'"),
          Map.entry("gateway", "'paypal'"),
          Map.entry("user_tier", "'basic'"),
          Map.entry("settled_at", "settled_at + interval '1 microsecond'"),
          Map.entry("duration_us", "duration_us + 1"),
          Map.entry("fx_rate", "fx_rate * 1.0"),
          Map.entry("currency", "'EUR'"),
          Map.entry("salt", "gen_random_uuid()"));

  /** Kinds of forgeries. */
  enum Kind {
    CHANGE,
    DELETE,
    INSERT,
    SWAP,
    RENUMBER,
    CHANGE_OTHER,
    REMOVE_LAST_PAGE,
    REBUILD,
    REBUILD_WITH_SIGNATURES
  }

  private final Random random;
  private final Map<Kind, Integer> detected = new EnumMap<>(Kind.class);

  Forgeries(long seed) {
    this.random = new Random(seed);
  }

  static SigningKey key() {
    return SigningKey.parse(
        """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
        -----END PRIVATE KEY-----
        """);
  }

  private ForgedLedger ledger() throws SQLException {
    ForgedLedger ledger = new ForgedLedger(key());
    for (int process = 0; process < 2; process++) {
      for (String instance : INSTANCES) {
        ledger.start(instance);
        for (int i = 0; i < 3; i++) {
          ledger.settle(instance, random, 2 + random.nextInt(4));
          // Real pages have thousands of rows; here, each checkpoint begins another page.
          ledger.sql("update closed_segments set rows = rows + 5000");
        }
      }
    }
    ledger.sql("update closed_segments set rows = rows % 5000");
    return ledger;
  }

  /** Forges a ledger again and again; returns the number of detected forgeries by kind. */
  Map<Kind, Integer> forge(int count) throws SQLException {
    try (ForgedLedger ledger = ledger()) {
      assertThat(ledger.verify(true, true).findings()).isEmpty();
      ledger.save();
      for (int i = 0; i < count; i++) {
        Kind kind = Kind.values()[i % Kind.values().length];
        forge(ledger, kind);
        ledger.restore();
        detected.merge(kind, 1, Integer::sum);
      }
      assertThat(ledger.verify(true, true).findings()).isEmpty();
    }
    return detected;
  }

  private List<String> randomRow(ForgedLedger ledger, String table) {
    return ledger
        .query(
            "select id, instance_id, epoch, segment from %s order by id offset %d limit 1"
                .formatted(
                    table,
                    random.nextInt(
                        Integer.parseInt(ledger.value("select count(*) from " + table)))))
        .get(0);
  }

  private void forge(ForgedLedger ledger, Kind kind) {
    List<String> row = randomRow(ledger, "payments");
    String where = " where id = '" + row.get(0) + "'";
    switch (kind) {
      case CHANGE -> {
        String column = randomOf(List.copyOf(PAYMENT_CHANGES.keySet()));
        ledger.sql("update payments set " + column + " = " + PAYMENT_CHANGES.get(column) + where);
        assertRow(ledger, Set.of(Finding.Kind.ROW_CHANGED), row, "payment " + row.get(0), column);
      }
      case DELETE -> {
        ledger.sql("delete from refunds where payment_id = '%s'".formatted(row.get(0)));
        ledger.sql("delete from payments" + where);
        assertFound(ledger, Set.of(Finding.Kind.ROW_MISSING), row);
      }
      case INSERT -> {
        ledger.sql(
            "create temporary table copy as select * from payments %s;".formatted(where)
                + "alter table copy drop column current_status;"
                + "update copy set id = '%s';".formatted(newId())
                + "insert into payments select %s from copy; drop table copy"
                    .formatted(columns(ledger, "payments")));
        assertFound(ledger, Set.of(Finding.Kind.ROW_INSERTED), row);
      }
      case SWAP -> swap(ledger, row);
      case RENUMBER -> {
        String target =
            ledger.value(
                ("select segment from payments where instance_id = '%s' and epoch = %s"
                        + " order by random() limit 1")
                    .formatted(row.get(1), row.get(2)));
        boolean isSame = target.equals(row.get(3));
        ledger.sql(
            isSame
                ? "update payments set epoch = 3 - epoch" + where
                : "update payments set segment = " + target + where);
        assertDetected(ledger.verify(false, false), row.get(1), "renumbered");
      }
      case CHANGE_OTHER -> changeOther(ledger);
      case REMOVE_LAST_PAGE -> removeLastPage(ledger);
      case REBUILD, REBUILD_WITH_SIGNATURES -> rebuild(ledger, row, kind);
      default -> throw new AssertionError(kind);
    }
  }

  private String newId() {
    return new java.util.UUID(random.nextLong(), random.nextLong()).toString();
  }

  private static String columns(ForgedLedger ledger, String table) {
    return ledger.value(
        """
        select string_agg(quote_ident(column_name), ', ' order by ordinal_position)
        from information_schema.columns
        where table_schema = 'public' and table_name = '%s' and is_generated = 'NEVER'
        """
            .formatted(table));
  }

  private <T> T randomOf(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  /** Exchanges the amounts, or the ids, of two payments. */
  private void swap(ForgedLedger ledger, List<String> row) {
    List<String> other = randomRow(ledger, "payments");
    while (other.get(0).equals(row.get(0))) {
      other = randomRow(ledger, "payments");
    }
    if (random.nextBoolean()) {
      ledger.sql(
          """
          update payments p set salt = o.salt, user_id = o.user_id, amount = o.amount + 0.00
          from payments o
          where (p.id, o.id) in (('%1$s', '%2$s'), ('%2$s', '%1$s'))
          """
              .formatted(row.get(0), other.get(0)));
    } else {
      ledger.sql(
          """
          alter table refunds disable trigger all;
          update payments set id = 'ffffffff-ffff-ffff-ffff-ffffffffffff' where id = '%1$s';
          update payments set id = '%1$s' where id = '%2$s';
          update payments set id = '%2$s' where id = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
          """
              .formatted(row.get(0), other.get(0)));
    }
    ChainReport report = ledger.verify(false, false);
    assertThat(report.findings())
        .as("swap of %s and %s", row, other)
        .isNotEmpty()
        .extracting(Finding::instanceId)
        .isSubsetOf(row.get(1), other.get(1));
  }

  private void changeOther(ForgedLedger ledger) {
    String table = randomOf(List.of("refunds", "business_events", "reported_errors"));
    List<String> row = randomRow(ledger, table);
    String change =
        switch (table) {
          case "refunds" -> "reason = 'another'";
          case "business_events" -> "amount_usd = amount_usd + 0.01";
          default -> "severity = 'medium'";
        };
    ledger.sql("update %s set %s where id = '%s'".formatted(table, change, row.get(0)));
    String name =
        switch (table) {
          case "refunds" -> "refund " + row.get(0);
          case "business_events" -> "event 8/paymeter/" + row.get(0);
          default -> "error 4/shop/" + row.get(0);
        };
    assertRow(ledger, Set.of(Finding.Kind.ROW_CHANGED), row, name, table);
  }

  /** Removes the page, its rows, and the checkpoint that names it. */
  private void removeLastPage(ForgedLedger ledger) {
    String instance = randomOf(INSTANCES);
    ledger.sql(
        """
        with page as (
          delete from closed_segments c where (c.instance_id, c.from_epoch, c.from_segment) = (
            select instance_id, from_epoch, from_segment from closed_segments
            where instance_id = '%1$s' order by from_epoch desc, from_segment desc limit 1)
          returning *),
        checkpoint as (
          update instances i set checkpoint_epoch = p.epoch, checkpoint_segment = p.segment
          from (
            select epoch, segment from closed_segments where instance_id = '%1$s'
            order by from_epoch desc, from_segment desc offset 1 limit 1) p
          where i.instance_id = '%1$s'),
        refunds as (
          delete from refunds r using page p where r.instance_id = p.instance_id
            and (r.epoch, r.segment) >= (p.from_epoch, p.from_segment)),
        events as (
          delete from business_events r using page p where r.instance_id = p.instance_id
            and (r.epoch, r.segment) >= (p.from_epoch, p.from_segment)),
        errors as (
          delete from reported_errors r using page p where r.instance_id = p.instance_id
            and (r.epoch, r.segment) >= (p.from_epoch, p.from_segment))
        delete from payments r using page p where r.instance_id = p.instance_id
          and (r.epoch, r.segment) >= (p.from_epoch, p.from_segment)
        """
            .formatted(instance));
    assertThat(ledger.verify(true, false).findings()).as("without scrapes").isEmpty();
    assertThat(ledger.verify(true, true).findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.kind()).isEqualTo(Finding.Kind.PAGE_MISSING);
              assertThat(finding.instanceId()).isEqualTo(instance);
            });
  }

  /** Changes a row, and calculates all hashes again with the functions of the ledger. */
  private void rebuild(ForgedLedger ledger, List<String> row, Kind kind) {
    ledger.sql(
        "update payments set amount = amount + 1, amount_usd = amount_usd + 1 where id = '%s'"
            .formatted(row.get(0)));
    ledger.sql(
        """
        do $$
        declare
          page record;
          chain_before bytea;
          calculated record;
        begin
          for page in select * from closed_segments order by instance_id, from_epoch, from_segment
          loop
            select c.chain into chain_before from closed_segments c
            where c.instance_id = page.instance_id
              and (c.from_epoch, c.from_segment) < (page.from_epoch, page.from_segment)
            order by c.from_epoch desc, c.from_segment desc limit 1;
            chain_before := coalesce(chain_before, first_chain(page.instance_id));
            select * into calculated from rows_of_segments(page.instance_id, page.from_epoch,
              page.from_segment, page.epoch, page.segment, chain_before);
            update closed_segments c
            set previous = chain_before, chain = calculated.chain, rows = calculated.rows,
              cents = calculated.cents, row_hashes = calculated.row_hashes,
              found_rows = null, found_cents = null, found_chain = null
            where (c.instance_id, c.from_epoch, c.from_segment)
              = (page.instance_id, page.from_epoch, page.from_segment);
          end loop;
        end $$
        """);
    boolean areSignaturesRemoved = kind == Kind.REBUILD;
    if (areSignaturesRemoved) {
      ledger.sql(
          "update closed_segments set signed_epoch = null, signed_segment = null,"
              + " signed_chain = null, key_id = null, signature = null");
    }
    List<Finding> byScrapes = ledger.verify(false, true).findings();
    assertThat(byScrapes)
        .as("rebuilt after a change of %s", row)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.kind()).isEqualTo(Finding.Kind.SCRAPE);
              assertThat(finding.instanceId()).isEqualTo(row.get(1));
              assertThat(finding.at().number()).isGreaterThanOrEqualTo(position(row));
            });
    assertThat(ledger.verify(true, false).findings())
        .isNotEmpty()
        .allMatch(finding -> finding.kind() == Finding.Kind.SIGNATURE)
        .allMatch(finding -> areSignaturesRemoved || finding.instanceId().equals(row.get(1)));
  }

  /** Changes a row by hand, which the look-back finds and an operator accepts. */
  private void accept(ForgedLedger ledger) {
    List<String> row = randomRow(ledger, "payments");
    ledger.sql(
        "update payments set duration_us = duration_us + 1 where id = '%s'".formatted(row.get(0)));
    ledger.sql(
        """
        update closed_segments c set (found_rows, found_cents, found_chain) = (
          select r.rows, r.cents, r.chain from rows_of_segments(c.instance_id, c.from_epoch,
            c.from_segment, c.epoch, c.segment, c.previous) r);
        select acknowledge_difference(instance_id, epoch, segment, 'a test')
        from closed_segments where difference <> 0
        """);
  }

  private static long position(List<String> row) {
    return (Long.parseLong(row.get(2)) << 32) + Long.parseLong(row.get(3));
  }

  private static void assertDetected(ChainReport report, String instance, String description) {
    assertThat(report.findings())
        .as(description)
        .isNotEmpty()
        .extracting(Finding::instanceId)
        .containsOnly(instance);
  }

  private static void assertFound(ForgedLedger ledger, Set<Finding.Kind> kinds, List<String> row) {
    List<Finding> findings = ledger.verify(false, false).findings();
    assertThat(findings).as("forged: %s", row).isNotEmpty();
    assertThat(findings.get(0).kind()).as("%s of %s", findings, row).isIn(kinds);
    assertThat(findings.get(0).instanceId()).isEqualTo(row.get(1));
  }

  private static void assertRow(
      ForgedLedger ledger,
      Set<Finding.Kind> kinds,
      List<String> row,
      String name,
      String description) {
    assertThat(ledger.verify(false, false).findings())
        .as("%s of %s", description, row)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.kind()).isIn(kinds);
              assertThat(finding.instanceId()).isEqualTo(row.get(1));
              assertThat(finding.row()).isEqualTo(name);
              assertThat(finding.at().number()).isEqualTo(position(row));
            });
  }

  /** Runs honest work in a random order; returns what was done. */
  List<String> runHonestly(int steps) throws SQLException {
    List<String> done = new ArrayList<>();
    try (ForgedLedger ledger = ledger()) {
      ledger.save();
      for (int i = 0; i < steps; i++) {
        done.add(honestStep(ledger));
        assertThat(ledger.verify(true, true).findings()).as("after %s", done).isEmpty();
      }
    }
    return done;
  }

  private String honestStep(ForgedLedger ledger) {
    String instance = randomOf(INSTANCES);
    switch (random.nextInt(8)) {
      case 0 -> {
        ledger.start(instance);
        return "restart";
      }
      case 1 -> {
        String user = "user-" + random.nextInt(20);
        ledger.value(
            "select erase_personal_values(array(select id from payments where user_id = '%s'))"
                .formatted(user));
        return "erase " + user;
      }
      case 2 -> {
        ledger.value("select erase_old_personal_values(now() + interval '1 day', 5)");
        return "erase old values";
      }
      case 3 -> {
        // The backup has less; the next processes find that, and begin a generation.
        ledger.restore();
        String before = ledger.value("select ledger_generation()");
        for (String each : INSTANCES) {
          ledger.value(
              "select begin_generation('%s', '%s', 'a test', now(), 1, 1)".formatted(before, each));
        }
        INSTANCES.forEach(ledger::start);
        ledger.save();
        return "restore";
      }
      case 4 -> {
        String column = "column_" + HexFormat.of().toHexDigits(random.nextLong());
        ledger.sql(
            "alter table payments add column %1$s text; update payments set %1$s = 'x';"
                    .formatted(column)
                + "alter table payments drop column "
                + column);
        return "migrate";
      }
      case 5 -> {
        ledger.save();
        return "back up";
      }
      case 6 -> {
        accept(ledger);
        return "accept a change";
      }
      default -> {
        ledger.settle(instance, random, 1 + random.nextInt(4));
        return "settle";
      }
    }
  }
}
