package dev.paymeter.payment.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.EventBatch;
import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentEventLog;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.PublicationLog;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PublicationLagMonitorTest {
  private static final Duration HELD_BACK = Duration.ofSeconds(7);
  private static final Duration UNPUBLISHED = Duration.ofSeconds(9);

  private final ManualScheduler scheduler = new ManualScheduler();
  private final ManualEventLog events = new ManualEventLog();
  private final List<Duration> shown = new ArrayList<>();
  private final PaymentMetrics seen =
      new NoOpPaymentMetrics() {
        @Override
        public void showPublicationLag(Duration age) {
          shown.add(age);
        }
      };

  @Test
  void forCluster_unpublishedAge_isShownEachTime() {
    PublicationLagMonitor.of(events::oldestUnpublishedAge, seen, scheduler).start();

    scheduler.pass();
    scheduler.pass();

    assertThat(shown).containsExactly(UNPUBLISHED, UNPUBLISHED);
  }

  /** Without a publishing instance, the age of unpublished events would grow without bound. */
  @Test
  void forReaders_heldBackAge_isShownEachTime() {
    PublicationLagMonitor.of(events::heldBackAge, seen, scheduler).start();

    scheduler.pass();
    scheduler.pass();

    assertThat(shown).containsExactly(HELD_BACK, HELD_BACK);
  }

  @Test
  void ledgerUnavailable_showsNothing_andRepeats() {
    PublicationLagMonitor.of(events::heldBackAge, seen, scheduler).start();
    events.away = true;
    scheduler.pass();
    assertThat(shown).isEmpty();
    events.away = false;

    scheduler.pass();

    assertThat(shown).hasSize(1);
  }

  @Test
  void stopped_runsNoMore() {
    PeriodicTask watch = PublicationLagMonitor.of(events::heldBackAge, seen, scheduler);
    watch.start();
    watch.stop();

    scheduler.pass();

    assertThat(shown).isEmpty();
  }

  private static final class ManualEventLog implements PaymentEventLog, PublicationLog {
    boolean away;

    private Future<Duration> answer(Duration age) {
      return away
          ? Future.failedFuture(new LedgerUnavailableException("away"))
          : Future.succeededFuture(age);
    }

    @Override
    public Future<Duration> heldBackAge() {
      return answer(HELD_BACK);
    }

    @Override
    public Future<Duration> oldestUnpublishedAge() {
      return answer(UNPUBLISHED);
    }

    @Override
    public Future<EventBatch> readAfter(EventOffset offset, int limit) {
      throw new AssertionError("unexpected read of events");
    }

    @Override
    public Future<EventBatch> readAfter(EventOffset offset, int limit, String merchant) {
      throw new AssertionError("unexpected read of events");
    }

    @Override
    public Future<PaymentEvent.Position> lastPosition() {
      throw new AssertionError("unexpected read of events");
    }

    @Override
    public Future<List<PaymentEvent>> readOf(UUID payment) {
      throw new AssertionError("unexpected read of events");
    }

    @Override
    public Future<Optional<EventOffset>> acquireLease(String holder, Duration lease) {
      throw new AssertionError("unexpected publication");
    }

    @Override
    public Future<Void> saveOffset(String holder, EventOffset offset) {
      throw new AssertionError("unexpected publication");
    }

    @Override
    public Future<Void> releaseLease(String holder) {
      throw new AssertionError("unexpected publication");
    }
  }
}
