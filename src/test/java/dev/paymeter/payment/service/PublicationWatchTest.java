package dev.paymeter.payment.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Change;
import dev.paymeter.payment.port.Changes;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.Observations;
import dev.paymeter.payment.port.Publication;
import dev.paymeter.support.payment.HandPauses;
import dev.paymeter.support.payment.Unobserved;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PublicationWatchTest {
  private static final Duration HELD_BACK = Duration.ofSeconds(7);
  private static final Duration UNPUBLISHED = Duration.ofSeconds(9);

  private final HandPauses pauses = new HandPauses();
  private final HandEvents events = new HandEvents();
  private final List<Duration> shown = new ArrayList<>();
  private final Observations seen =
      new Unobserved() {
        @Override
        public void unpublished(Duration age) {
          shown.add(age);
        }
      };

  @Test
  void ofCluster_whatWasNotPublished_isShownEachTime() {
    PublicationWatch.ofCluster(events, seen, pauses).start();

    pauses.pass();
    pauses.pass();

    assertThat(shown).containsExactly(UNPUBLISHED, UNPUBLISHED);
  }

  /** Where nobody publishes, that would grow for ever. */
  @Test
  void ofReaders_whatCannotBeRead_isShownEachTime() {
    PublicationWatch.ofReaders(events, seen, pauses).start();

    pauses.pass();
    pauses.pass();

    assertThat(shown).containsExactly(HELD_BACK, HELD_BACK);
  }

  @Test
  void ledgerAway_showsNothing_andLooksAgain() {
    PublicationWatch.ofReaders(events, seen, pauses).start();
    events.away = true;
    pauses.pass();
    assertThat(shown).isEmpty();
    events.away = false;

    pauses.pass();

    assertThat(shown).hasSize(1);
  }

  @Test
  void stopped_looksNoMore() {
    PublicationWatch watch = PublicationWatch.ofReaders(events, seen, pauses);
    watch.start();
    watch.stop();

    pauses.pass();

    assertThat(shown).isEmpty();
  }

  private static final class HandEvents implements Changes, Publication {
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
    public Future<List<Change>> after(Change.Position place, int most) {
      throw new AssertionError("nobody was to read events");
    }

    @Override
    public Future<Change.Position> end() {
      throw new AssertionError("nobody was to read events");
    }

    @Override
    public Future<List<Change>> of(UUID payment) {
      throw new AssertionError("nobody was to read events");
    }

    @Override
    public Future<Optional<Change.Position>> lead(String holder, Duration lease) {
      throw new AssertionError("nobody was to publish");
    }

    @Override
    public Future<Void> published(String holder, Change.Position place) {
      throw new AssertionError("nobody was to publish");
    }

    @Override
    public Future<Void> leave(String holder) {
      throw new AssertionError("nobody was to publish");
    }
  }
}
