package dev.paymeter.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.ChainHead;
import dev.paymeter.audit.LedgerPosition;
import dev.paymeter.audit.LedgerWentBackException;
import dev.paymeter.audit.PositionMonitor;
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
  private final InMemoryAuditStore.Storage storage = new InMemoryAuditStore.Storage();
  private final Renewals renewals = new Renewals(store("first"));
  private final PositionMonitor positions = new PositionMonitor();
  private final List<RuntimeException> lost = new ArrayList<>();
  private final LeaseRenewer renewer = new LeaseRenewer(renewals, scheduler, positions, lost::add);

  private InMemoryAuditStore store(String holder) {
    return new InMemoryAuditStore(storage, holder, new long[0], new long[0]);
  }

  @BeforeEach
  void acquire() {
    assertThat(renewals.acquire().succeeded()).isTrue();
    positions.compared(0);
    renewer.start();
  }

  @Test
  void start_renewsSeveralTimesPerLease() {
    scheduler.pass();
    scheduler.pass();
    scheduler.pass();

    assertThat(renewals.count).isEqualTo(3);
    assertThat(scheduler.requested())
        .allSatisfy(
            pause -> assertThat(pause).isLessThan(PostgresAuditStore.LEASE_DURATION.dividedBy(4)));
  }

  /** Regression: a failure stopped the renewals. */
  @Test
  void renew_ledgerUnavailable_isRepeated() {
    storage.becomeUnavailable();
    scheduler.pass();
    storage.becomeAvailable();
    scheduler.pass();

    assertThat(renewals.count).isEqualTo(2);
    assertThat(lost).isEmpty();
  }

  @Test
  void isLedgerResponding_ledgerUnavailable_isFalseUntilItIsBack() {
    assertThat(renewer.isLedgerResponding()).isTrue();

    storage.becomeUnavailable();
    scheduler.pass();
    assertThat(renewer.isLedgerResponding()).isFalse();

    storage.becomeAvailable();
    scheduler.pass();
    assertThat(renewer.isLedgerResponding()).isTrue();
  }

  /** Regression: the renewals continued and reported it repeatedly. */
  @Test
  void renew_takenOver_reportsItOnceAndStops() {
    storage.expireLease();
    assertThat(store("second").acquire().succeeded()).isTrue();
    scheduler.pass();
    scheduler.pass();

    assertThat(lost).singleElement().isInstanceOf(SupersededException.class);
    assertThat(renewals.count).isEqualTo(1);
  }

  @Test
  void renew_ledgerWithoutTheLease_reportsItOnceAndStops() {
    storage.forgetEpoch();
    scheduler.pass();
    scheduler.pass();

    assertThat(lost).singleElement().isInstanceOf(LedgerWentBackException.class);
    assertThat(renewals.count).isEqualTo(1);
  }

  @Test
  void renew_reportsEachPosition() {
    scheduler.pass();
    storage.promote("00000002");
    scheduler.pass();

    assertThat(renewals.results)
        .extracting(LedgerPosition::timeline)
        .containsExactly("00000001", "00000002");
  }

  /** While the process starts, it is not known what the ledger lacks. */
  @Test
  void renew_beforeTheFirstComparison_statesNoComparedPosition() {
    PositionMonitor starting = new PositionMonitor();
    LedgerPosition position = new LedgerPosition("system", "00000001", 1);

    starting.renewed(position);
    assertThat(starting.comparedPosition()).isEqualTo(LedgerPosition.STARTING);

    starting.compared(starting.suspicions());
    assertThat(starting.comparedPosition()).isEqualTo(position);
  }

  /** Payments are not inserted on another server before it is compared. */
  @Test
  void renew_ledgerHasMoved_statesNoComparedPosition() {
    scheduler.pass();
    storage.promote("00000002");
    scheduler.pass();
    scheduler.pass();

    assertThat(renewals.compared)
        .containsExactly(LedgerPosition.NONE, renewals.results.get(0), LedgerPosition.NONE);
    assertThat(positions.position()).isEqualTo(renewals.results.get(2));
  }

  /** Regression: the renewal ran after the release, and acquired the lease again. */
  @Test
  void stop_whileRenewing_releasesTheLeaseAfterwards() {
    renewals.gate = Promise.promise();
    scheduler.pass();

    Future<Void> ended = renewer.stop();
    assertThat(ended.isComplete()).isFalse();
    renewals.gate.complete();
    scheduler.pass();

    assertThat(ended.succeeded()).isTrue();
    assertThat(renewals.count).isEqualTo(1);
    assertThat(store("second").acquire().succeeded()).isTrue();
  }

  /** Audit store that counts its renewals, and delays them until a gate is open. */
  private static final class Renewals implements AuditStore {
    private final AuditStore auditStore;
    private Promise<Void> gate = Promise.promise();
    private int count;
    private final List<LedgerPosition> compared = new ArrayList<>();
    private final List<LedgerPosition> results = new ArrayList<>();

    Renewals(AuditStore auditStore) {
      this.auditStore = auditStore;
      gate.complete();
    }

    @Override
    public Future<LedgerPosition> renew(LedgerPosition position) {
      count++;
      compared.add(position);
      return gate.future().compose(passed -> auditStore.renew(position)).onSuccess(results::add);
    }

    @Override
    public Future<AcquiredLease> acquire(int lastEpoch) {
      return auditStore.acquire(lastEpoch);
    }

    @Override
    public Future<ChainHead.Stored> head() {
      return auditStore.head();
    }

    @Override
    public Future<Void> sign(ChainHead head, ChainHead.Signature signature) {
      return auditStore.sign(head, signature);
    }

    @Override
    public Future<Void> awaitEarlierProcesses() {
      return auditStore.awaitEarlierProcesses();
    }

    @Override
    public Future<Void> verify(LedgerPosition position) {
      return auditStore.verify(position);
    }

    @Override
    public Future<Reread> reread(int segment) {
      return auditStore.reread(segment);
    }

    @Override
    public Future<SettledTotals> segments(int first, int last) {
      return auditStore.segments(first, last);
    }

    @Override
    public Future<SettledTotals> earlier() {
      return auditStore.earlier();
    }

    @Override
    public Future<ChainHead> checkpoint(
        int segment, String totals, Sum counted, LedgerPosition position) {
      return auditStore.checkpoint(segment, totals, counted, position);
    }

    @Override
    public Future<Void> release() {
      return auditStore.release();
    }
  }
}
