package dev.paymeter.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.support.ledger.InMemoryAuditStore;
import dev.paymeter.support.payment.ManualScheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaseRenewerTest {
  private final ManualScheduler scheduler = new ManualScheduler();
  private final InMemoryAuditStore.Shelf storage = new InMemoryAuditStore.Shelf();
  private final Renewals renewals = new Renewals(store("first"));
  private final List<SupersededException> superseded = new ArrayList<>();
  private final LeaseRenewer renewer = new LeaseRenewer(renewals, scheduler, superseded::add);

  private InMemoryAuditStore store(String holder) {
    return new InMemoryAuditStore(storage, holder, new long[0], new long[0]);
  }

  @BeforeEach
  void acquire() {
    assertThat(renewals.open().succeeded()).isTrue();
    renewer.start();
  }

  @Test
  void start_renewsSeveralTimesPerLease() {
    scheduler.pass();
    scheduler.pass();
    scheduler.pass();

    assertThat(renewals.count).isEqualTo(3);
    assertThat(scheduler.asked())
        .allSatisfy(pause -> assertThat(pause).isLessThan(PostgresAuditStore.LEASE.dividedBy(4)));
  }

  /** Regression: a failure stopped the renewals. */
  @Test
  void renew_ledgerUnavailable_isRepeated() {
    storage.goAway();
    scheduler.pass();
    storage.comeBack();
    scheduler.pass();

    assertThat(renewals.count).isEqualTo(2);
    assertThat(superseded).isEmpty();
  }

  @Test
  void isLedgerResponding_ledgerUnavailable_isFalseUntilItIsBack() {
    assertThat(renewer.isAnswered()).isTrue();

    storage.goAway();
    scheduler.pass();
    assertThat(renewer.isAnswered()).isFalse();

    storage.comeBack();
    scheduler.pass();
    assertThat(renewer.isAnswered()).isTrue();
  }

  /** Regression: the renewals continued and reported it repeatedly. */
  @Test
  void renew_takenOver_reportsItOnceAndStops() {
    storage.endLease();
    assertThat(store("second").open().succeeded()).isTrue();
    scheduler.pass();
    scheduler.pass();

    assertThat(superseded).hasSize(1);
    assertThat(renewals.count).isEqualTo(1);
  }

  /** Regression: the renewal ran after the release, and acquired the lease again. */
  @Test
  void stop_whileRenewing_releasesTheLeaseAfterwards() {
    renewals.gate = Promise.promise();
    scheduler.pass();

    Future<Void> ended = renewer.end();
    assertThat(ended.isComplete()).isFalse();
    renewals.gate.complete();
    scheduler.pass();

    assertThat(ended.succeeded()).isTrue();
    assertThat(renewals.count).isEqualTo(1);
    assertThat(store("second").open().succeeded()).isTrue();
  }

  /** Audit store that counts its renewals, and delays them until a gate is open. */
  private static final class Renewals implements AuditStore {
    private final AuditStore auditStore;
    private Promise<Void> gate = Promise.promise();
    private int count;

    Renewals(AuditStore auditStore) {
      this.auditStore = auditStore;
      gate.complete();
    }

    @Override
    public Future<Void> renew() {
      count++;
      return gate.future().compose(passed -> auditStore.renew());
    }

    @Override
    public Future<Opening> open() {
      return auditStore.open();
    }

    @Override
    public Future<Entries> pages(int first, int last) {
      return auditStore.pages(first, last);
    }

    @Override
    public Future<Entries> earlier() {
      return auditStore.earlier();
    }

    @Override
    public Future<Void> checkpoint(int segment, String totals) {
      return auditStore.checkpoint(segment, totals);
    }

    @Override
    public Future<Void> close() {
      return auditStore.close();
    }
  }
}
