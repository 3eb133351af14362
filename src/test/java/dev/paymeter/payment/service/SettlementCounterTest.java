package dev.paymeter.payment.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.support.payment.ManualScheduler;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SettlementCounterTest {
  private static final List<UUID> RECEIPTS = List.of(new UUID(0, 7));

  private final LedgerSegments ledgerSegments = new LedgerSegments();
  private final Queue<Throwable> failures = new ArrayDeque<>();
  private final List<List<Integer>> moves = new ArrayList<>();
  private final List<Integer> counted = new ArrayList<>();
  private final Scheduler scheduler = ManualScheduler.by(length -> Future.succeededFuture());
  private final SettlementCounter counter =
      new SettlementCounter(ledgerSegments, this::move, scheduler);

  private Future<Void> move(List<UUID> receipts, int from, int to) {
    assertThat(receipts).isEqualTo(RECEIPTS);
    moves.add(List.of(from, to));
    return failures.isEmpty() ? Future.succeededFuture() : Future.failedFuture(failures.remove());
  }

  private Future<Void> count(int segment) {
    return counter.count(segment, RECEIPTS, counted::add);
  }

  @Test
  void count_beforeAnyScrape_movesNothing() {
    assertThat(count(counter.begin()).succeeded()).isTrue();

    assertThat(counted).containsExactly(1);
    assertThat(moves).isEmpty();
  }

  @Test
  void count_missedByAScrape_movesTheRowsFirst() {
    int segment = counter.begin();
    ledgerSegments.cut(Duration.ZERO);

    assertThat(count(segment).succeeded()).isTrue();

    assertThat(moves).containsExactly(List.of(1, 2));
    assertThat(counted).containsExactly(2);
    ledgerSegments.roll();
    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(2);
  }

  /** Another scrape may arrive while rows are moved. */
  @Test
  void count_missedAgainWhileMoved_movesTheRowsAgain() {
    int segment = counter.begin();
    ledgerSegments.cut(Duration.ZERO);
    SettlementCounter interrupted =
        new SettlementCounter(
            ledgerSegments,
            (receipts, from, to) -> {
              if (moves.isEmpty()) {
                ledgerSegments.cut(Duration.ZERO);
              }
              return move(receipts, from, to);
            },
            scheduler);

    assertThat(interrupted.count(segment, RECEIPTS, counted::add).succeeded()).isTrue();

    assertThat(moves).containsExactly(List.of(1, 2), List.of(2, 3));
    assertThat(counted).containsExactly(3);
  }

  @Test
  void count_ledgerUnavailable_movesTheRowsWhenItIsAvailable() {
    int segment = counter.begin();
    ledgerSegments.cut(Duration.ZERO);
    failures.add(new LedgerUnavailableException("stopped"));
    failures.add(new LedgerUnavailableException("stopped"));

    assertThat(count(segment).succeeded()).isTrue();

    assertThat(moves).hasSize(3);
    assertThat(counted).containsExactly(2);
  }

  /** The process that has taken over counts the row. */
  @Test
  void count_superseded_countsNothing() {
    int segment = counter.begin();
    ledgerSegments.cut(Duration.ZERO);
    failures.add(new SupersededException("host-1"));

    assertThat(count(segment).succeeded()).isTrue();

    assertThat(counted).isEmpty();
    ledgerSegments.roll();
    assertThat(ledgerSegments.lastClosed(0)).as("its segments stay open").isZero();
  }
}
