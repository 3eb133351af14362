package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.ChainHead;
import dev.paymeter.audit.LedgerPosition;
import dev.paymeter.audit.chain.ChainReport;
import dev.paymeter.audit.chain.ChainVerifier;
import dev.paymeter.audit.chain.ScrapedHead;
import dev.paymeter.payment.port.LedgerCut;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.postgres.server.LedgerChain;
import dev.paymeter.security.SigningKey;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.ManualScheduler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/**
 * A ledger with the rows of several instances in closed segments, the ends of their chains that
 * were scraped, and a forger with all rights on the database, whose work can be undone.
 */
final class ForgedLedger implements AutoCloseable {
  private static final String[] TABLES = {
    "payments",
    "refunds",
    "business_events",
    "reported_errors",
    "instances",
    "closed_segments",
    "generations",
    "losses",
    "acknowledgements",
    "ledger"
  };

  private final Vertx vertx = Vertx.vertx();
  private final String url = TestPostgres.newDatabase();
  private final Pool pool =
      Database.at(url).createPool(vertx, Database.MAIN_POOL, 2, Duration.ofSeconds(30));
  private final StatementExecutor statementExecutor =
      new StatementExecutor(pool, Duration.ofSeconds(30));
  private final Connection forger;
  private final LedgerChain chain;
  private final Map<String, ChainVerifier.Verification> publicKeys = new LinkedHashMap<>();
  private SigningKey key;
  private final List<ScrapedHead> heads = new ArrayList<>();
  private final List<ScrapedHead> savedHeads = new ArrayList<>();
  private final Map<String, Process> processes = new LinkedHashMap<>();

  /** A running process of an instance. */
  private final class Process {
    final PostgresAuditStore store;
    final AuditStore.AcquiredLease lease;
    int segment;

    Process(String instance) {
      store =
          new PostgresAuditStore(
              statementExecutor,
              ManualScheduler.by(length -> Future.succeededFuture()),
              instance,
              "a test",
              new long[] {100},
              new long[] {100});
      lease = await(store.acquire());
    }
  }

  ForgedLedger(SigningKey key) throws SQLException {
    this.key = key;
    rotate(key);
    this.forger = TestPostgres.connect(url);
    this.chain = Database.at(url).openChain(1);
  }

  /** Signs with another key from now on. */
  void rotate(SigningKey next) {
    key = next;
    publicKeys.put(next.publicKey().id(), next.publicKey()::verifies);
  }

  /** Changes the ledger with all rights, without any trace of triggers. */
  void sql(String sql) {
    try (Statement statement = forger.createStatement()) {
      statement.execute("set session_replication_role = replica; " + sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  List<List<String>> query(String sql) {
    try (Statement statement = forger.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<List<String>> all = new ArrayList<>();
      while (rows.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          row.add(rows.getString(i));
        }
        all.add(row);
      }
      return all;
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  String value(String sql) {
    return query(sql).get(0).get(0);
  }

  /** Starts another process of an instance, after the one that has ended. */
  void start(String instance) {
    sql("update instances set lease_until = now() - interval '1 s'");
    processes.put(instance, new Process(instance));
    sql(
        "update instances set generation = ledger_generation() where instance_id = '%s'"
            .formatted(instance));
  }

  /**
   * Settles some rows of each kind in the next segments of an instance, and writes a checkpoint.
   */
  void settle(String instance, Random random, int segments) {
    Process process = processes.get(instance);
    int epoch = process.lease.epoch();
    long rows = 0;
    long cents = 0;
    for (int i = 0; i < segments; i++) {
      process.segment++;
      if (random.nextInt(4) == 0) {
        continue; // Empty.
      }
      int payments = 1 + random.nextInt(4);
      for (int j = 0; j < payments; j++) {
        int amount = 100 + random.nextInt(100_000);
        String payment = insertPayment(instance, epoch, process.segment, amount, random);
        rows++;
        cents += amount;
        if (random.nextInt(3) == 0) {
          int part = 1 + random.nextInt(amount);
          insertRefund(instance, epoch, process.segment, payment, part, random);
          rows++;
          cents += part;
        }
      }
      if (random.nextBoolean()) {
        sql(
            """
            insert into reported_errors values ('shop', '%s', 'cart', 'CartException', 'high',
              'cart', 'CartException', now(), gen_random_uuid(), '%s', %d, %d)
            """
                .formatted(id(random), instance, epoch, process.segment));
        rows++;
      }
    }
    ChainHead head =
        await(
            process.store.checkpoint(
                process.segment,
                "{}",
                new AuditStore.Sum(rows, cents),
                await(process.store.renew(LedgerPosition.STARTING))));
    await(
        process.store.sign(
            head,
            new ChainHead.Signature(
                key.publicKey().id(), key.sign(head.signedText(chain.ledger(), instance)))));
    scrape(instance, head);
  }

  private void scrape(String instance, ChainHead head) {
    heads.add(
        new ScrapedHead(
            instance,
            value("select ledger_generation()"),
            new LedgerCut(head.epoch(), head.segment()),
            ChainHead.number(head.chain()),
            Instant.EPOCH.plusSeconds(heads.size())));
  }

  private static UUID id(Random random) {
    return new UUID(random.nextLong(), random.nextLong());
  }

  private String insertPayment(String instance, int epoch, int segment, int cents, Random random) {
    String id = id(random).toString();
    boolean isFailed = random.nextInt(5) == 0;
    sql(
        """
        insert into payments (id, status, order_id, user_id, amount, currency, amount_usd, fx_rate,
          fx_date, user_tier, payment_method, gateway, created_at, account, inserted_by,
          inserted_epoch, duration_us, settled_at, instance_id, epoch, segment, description,
          error_type, error_code, error_message)
        values ('%1$s', '%2$s', 'order-%3$d', 'user-%4$d', %5$d / 100.0, 'USD', %5$d / 100.0, 1,
          '2026-11-27', 'standard', 'credit_card', 'stripe', now(), 'acct_1', '%6$s', %7$d, 250000,
          now(), '%6$s', %7$d, %8$d, 'a description', %9$s)
        """
            .formatted(
                id,
                isFailed ? "failed" : "success",
                random.nextInt(1000),
                random.nextInt(20),
                cents,
                instance,
                epoch,
                segment,
                isFailed
                    ? "'PaymentGatewayException', 'gateway_error', 'down'"
                    : "null, null, null"));
    return id;
  }

  private void insertRefund(
      String instance, int epoch, int segment, String payment, int cents, Random random) {
    String id = id(random).toString();
    sql(
        """
        insert into refunds (id, payment_id, status, amount, amount_usd, reason, created_at,
          inserted_by, inserted_epoch, duration_us, settled_at, instance_id, epoch, segment)
        values ('%1$s', '%2$s', 'success', %3$d / 100.0, %3$d / 100.0, 'a reason', now(), '%4$s',
          %5$d, 1000, now(), '%4$s', %5$d, %6$d);
        insert into business_events values ('paymeter', '%1$s', 'refund', 'refund', %3$d / 100.0,
          'USD', %3$d / 100.0, 1, '2026-11-27', now(), '%1$s', '%4$s', %5$d, %6$d)
        """
            .formatted(id, payment, cents, instance, epoch, segment));
  }

  /** Saves the state to which {@link #restore} returns. */
  void save() {
    sql("drop schema if exists saved cascade; create schema saved");
    for (String table : TABLES) {
      sql("create table saved.%1$s as select * from public.%1$s".formatted(table));
    }
    savedHeads.clear();
    savedHeads.addAll(heads);
  }

  /** Returns to the saved state, as a restored backup, or as if nothing had been forged. */
  void restore() {
    StringBuilder all = new StringBuilder();
    for (String table : TABLES) {
      String columns =
          value(
              """
              select string_agg(quote_ident(column_name), ', ') from information_schema.columns
              where table_schema = 'public' and table_name = '%s' and is_generated = 'NEVER'
              """
                  .formatted(table));
      all.append("delete from public.%s;".formatted(table))
          .append(
              "insert into public.%1$s (%2$s) overriding system value select %2$s from saved.%1$s;"
                  .formatted(table, columns));
    }
    sql(all.toString());
  }

  /** Forgets what was scraped since {@link #save}. */
  void restoreScrapes() {
    heads.clear();
    heads.addAll(savedHeads);
  }

  ChainReport verify(boolean withKey, boolean withScrapes) {
    return verify(withKey ? publicKeys : Map.of(), withScrapes ? heads : List.of());
  }

  ChainReport verify(Map<String, ChainVerifier.Verification> keys, List<ScrapedHead> scrapedHeads) {
    return new ChainVerifier(chain, keys, scrapedHeads).verify(1);
  }

  @Override
  public void close() throws SQLException {
    chain.close();
    forger.close();
    await(pool.close());
    await(vertx.close());
  }
}
