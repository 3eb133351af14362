package dev.paymeter.payment.service;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.port.CleanupStore.UnconfirmedInsert;
import dev.paymeter.support.payment.ManualClock;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class UnconfirmedInsertsTest {
  private static final int BACKLOG = 10_000;

  private final ManualClock clock = new ManualClock();
  private final UnconfirmedInserts inserts = new UnconfirmedInserts(clock);

  @Test
  void cancel_largeBacklog_cancelsEachInsertBeforeAnyOneAgain() {
    Set<UUID> expected = new HashSet<>();
    for (int i = 0; i < BACKLOG; i++) {
      UUID id = UUID.randomUUID();
      expected.add(id);
      inserts.add(id, Optional.empty());
    }
    List<UUID> canceled = new ArrayList<>();

    while (canceled.size() < BACKLOG) {
      await(
          inserts.cancel(
              batch -> {
                batch.stream().map(UnconfirmedInsert::id).forEach(canceled::add);
                return Future.succeededFuture(0);
              }));
    }

    assertThat(canceled).hasSize(BACKLOG);
    assertThat(new HashSet<>(canceled)).isEqualTo(expected);
  }

  @Test
  void cancel_ledgerUnavailable_isRepeated() {
    inserts.add(UUID.randomUUID(), Optional.empty());
    clock.advance(UnconfirmedInserts.MAX_INSERT_DURATION);
    inserts.cancel(batch -> Future.failedFuture("unavailable"));
    List<UnconfirmedInsert> canceled = new ArrayList<>();

    await(
        inserts.cancel(
            batch -> {
              canceled.addAll(batch);
              return Future.succeededFuture(0);
            }));

    assertThat(canceled).hasSize(1);
  }
}
