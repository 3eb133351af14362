package dev.paymeter.payment.service;

import static org.assertj.core.api.Assertions.assertThat;

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

  private final ManualScheduler pauses = new ManualScheduler();
  private final HandEvents events = new HandEvents();
  private final List<Duration> shown = new ArrayList<>();
  private final PaymentMetrics seen =
      new NoOpPaymentMetrics() {
        @Override
        public void unpublished(Duration age) {
          shown.add(age);
        }
      };

  @Test
  void ofCluster_whatWasNotPublished_isShownEachTime() {
    PublicationLagMonitor.ofCluster(events, seen, pauses).start();

    pauses.pass();
    pauses.pass();

    assertThat(shown).containsExactly(UNPUBLISHED, UNPUBLISHED);
  }

  /** Where nobody publishes, that would grow for ever. */
  @Test
  void ofReaders_whatCannotBeRead_isShownEachTime() {
    PublicationLagMonitor.ofReaders(events, seen, pauses).start();

    pauses.pass();
    pauses.pass();

    assertThat(shown).containsExactly(HELD_BACK, HELD_BACK);
  }

  @Test
  void ledgerAway_showsNothing_andLooksAgain() {
    PublicationLagMonitor.ofReaders(events, seen, pauses).start();
    events.away = true;
    pauses.pass();
    assertThat(shown).isEmpty();
    events.away = false;

    pauses.pass();

    assertThat(shown).hasSize(1);
  }

  @Test
  void stopped_looksNoMore() {
    PublicationLagMonitor watch = PublicationLagMonitor.ofReaders(events, seen, pauses);
    watch.start();
    watch.stop();

    pauses.pass();

    assertThat(shown).isEmpty();
  }

  private static final class HandEvents implements PaymentEventLog, PublicationLog {
    boolean away;

    private Future<Duration> answer(Duration age) {
      return away
          ? Future.failedFuture(new LedgerUnavailableException("away"))
          : Future.succeededFuture(age);
    }

    @Override
    public Future<Duration> heldBack() {
      return answer(HELD_BACK);
    }

    @Override
    public Future<Duration> unpublished() {
      return answer(UNPUBLISHED);
    }

    @Override
    public Future<List<PaymentEvent>> after(PaymentEvent.Position place, int most) {
      throw new AssertionError("nobody was to read events");
    }

    @Override
    public Future<PaymentEvent.Position> end() {
      throw new AssertionError("nobody was to read events");
    }

    @Override
    public Future<List<PaymentEvent>> of(UUID payment) {
      throw new AssertionError("nobody was to read events");
    }

    @Override
    public Future<Optional<PaymentEvent.Position>> lead(String holder, Duration lease) {
      throw new AssertionError("nobody was to publish");
    }

    @Override
    public Future<Void> published(String holder, PaymentEvent.Position place) {
      throw new AssertionError("nobody was to publish");
    }

    @Override
    public Future<Void> leave(String holder) {
      throw new AssertionError("nobody was to publish");
    }
  }
}
