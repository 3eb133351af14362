package dev.paymeter.support.ledger;

import static dev.paymeter.support.Await.await;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.postgres.LedgerIdentity;
import dev.paymeter.postgres.PostgresAuditStore;
import dev.paymeter.postgres.PostgresGenerationStore;
import dev.paymeter.postgres.StatementExecutor;
import dev.paymeter.support.payment.ManualScheduler;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;

/** Leases of instances for tests of the ledger. They last longer than a test. */
public final class TestLeases {
  /** The bounds of the buckets do not matter to tests that read no totals. */
  private static final long[] BOUNDS = {100};

  private TestLeases() {}

  /** Acquires the lease of an instance, and returns the identity under which it writes. */
  public static LedgerIdentity acquire(StatementExecutor statementExecutor, String instanceId) {
    PostgresAuditStore auditStore =
        new PostgresAuditStore(
            statementExecutor,
            ManualScheduler.by(length -> Future.succeededFuture()),
            instanceId,
            "a test",
            BOUNDS,
            BOUNDS);
    return resume(statementExecutor, instanceId, await(auditStore.acquire()));
  }

  /** Continues, for a day, with a ledger that contains everything. */
  public static LedgerIdentity resume(
      StatementExecutor statementExecutor, String instanceId, AuditStore.AcquiredLease lease) {
    await(new PostgresGenerationStore(statementExecutor, instanceId).resume(lease, "test", false));
    await(
        statementExecutor
            .pool()
            .preparedQuery(
                "update instances set lease_until = clock_timestamp() + interval '1 day'"
                    + " where instance_id = $1")
            .execute(Tuple.of(instanceId)));
    return new LedgerIdentity(instanceId, lease.epoch());
  }

  /** Ends the lease of an instance now, as if it had not renewed it. */
  public static void expire(String databaseUrl, String instanceId) {
    TestPostgres.execute(
        databaseUrl,
        "update instances set lease_until = clock_timestamp() - interval '1 millisecond'"
            + " where instance_id = '"
            + instanceId
            + "'");
  }
}
