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
  private final ManualScheduler pauses = new ManualScheduler();
  private final InMemoryAuditStore.Shelf shelf = new InMemoryAuditStore.Shelf();
  private final Renewals renewals = new Renewals(books("first"));
  private final List<SupersededException> superseded = new ArrayList<>();
  private final LeaseRenewer keeper = new LeaseRenewer(renewals, pauses, superseded::add);

  private InMemoryAuditStore books(String holder) {
    return new InMemoryAuditStore(shelf, holder, new long[0], new long[0]);
  }

  @BeforeEach
  void open() {
    assertThat(renewals.open().succeeded()).isTrue();
    keeper.start();
  }

  @Test
  void start_renewsSeveralTimesInALease() {
    pauses.pass();
    pauses.pass();
    pauses.pass();

    assertThat(renewals.begun).isEqualTo(3);
    assertThat(pauses.asked())
        .allSatisfy(pause -> assertThat(pause).isLessThan(PostgresAuditStore.LEASE.dividedBy(4)));
  }

  /** Broken once: a failure ended it. */
  @Test
  void renew_ledgerAway_goesOn() {
    shelf.goAway();
    pauses.pass();
    shelf.comeBack();
    pauses.pass();

    assertThat(renewals.begun).isEqualTo(2);
    assertThat(superseded).isEmpty();
  }

  @Test
  void isAnswered_ledgerAwayAndBack_saysSo() {
    assertThat(keeper.isAnswered()).isTrue();

    shelf.goAway();
    pauses.pass();
    assertThat(keeper.isAnswered()).isFalse();

    shelf.comeBack();
    pauses.pass();
    assertThat(keeper.isAnswered()).isTrue();
  }

  /** Broken once: it went on, and told again and again. */
  @Test
  void renew_takenOver_tellsOnceAndEnds() {
    shelf.endLease();
    assertThat(books("second").open().succeeded()).isTrue();
    pauses.pass();
    pauses.pass();

    assertThat(superseded).hasSize(1);
    assertThat(renewals.begun).isEqualTo(1);
  }

  /** Broken once: the renewal came after the giving back, and took the lease again. */
  @Test
  void end_whileRenewing_givesBackAfterwards() {
    renewals.gate = Promise.promise();
    pauses.pass();

    Future<Void> ended = keeper.end();
    assertThat(ended.isComplete()).isFalse();
    renewals.gate.complete();
    pauses.pass();

    assertThat(ended.succeeded()).isTrue();
    assertThat(renewals.begun).isEqualTo(1);
    assertThat(books("second").open().succeeded()).isTrue();
  }

  /** Books whose renewals are counted, and wait for a gate. */
  private static final class Renewals implements AuditStore {
    private final AuditStore auditStore;
    private Promise<Void> gate = Promise.promise();
    private int begun;

    Renewals(AuditStore auditStore) {
      this.auditStore = auditStore;
      gate.complete();
    }

    @Override
    public Future<Void> renew() {
      begun++;
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
    public Future<Void> checkpoint(int page, String totals) {
      return auditStore.checkpoint(page, totals);
    }

    @Override
    public Future<Void> close() {
      return auditStore.close();
    }
  }
}
