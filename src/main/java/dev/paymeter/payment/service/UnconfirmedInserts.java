package dev.paymeter.payment.service;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.port.CleanupStore.UnconfirmedInsert;
import dev.paymeter.payment.port.Futures;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The payments or refunds that were rejected because the ledger did not respond to their insert.
 * The insert may still be committed; as the client got a rejection, it must be canceled. Safe from
 * any thread.
 */
final class UnconfirmedInserts {
  private static final Logger log = LoggerFactory.getLogger(UnconfirmedInserts.class);

  /**
   * The time during which an insert is canceled repeatedly. The database ends statements after ten
   * seconds, and rejects inserts that start after their cancellation ({@code
   * CleanupStore.cancelInserts}).
   */
  static final Duration MAX_INSERT_DURATION = Duration.ofSeconds(20);

  /** About 20 MB. */
  private static final int MAX_SIZE = 100_000;

  private static final int MAX_BATCH = 1000;

  private final BlockingQueue<Rejected> queue = new LinkedBlockingQueue<>(MAX_SIZE);
  private final Clock clock;

  UnconfirmedInserts(Clock clock) {
    this.clock = clock;
  }

  private record Rejected(UnconfirmedInsert insert, Instant at) {}

  void add(UUID id, Optional<IdempotencyKey> key) {
    add(new Rejected(new UnconfirmedInsert(id, key), clock.instant()));
  }

  private void add(Rejected rejected) {
    if (!queue.offer(rejected)) {
      // If the insert is committed, it stays pending, and its key in flight, until this process
      // ends.
      log.atError()
          .addKeyValue("id", rejected.insert().id())
          .log("Too many unconfirmed inserts; this one is not canceled");
    }
  }

  /**
   * Cancels the inserts that were not canceled for the longest time; called repeatedly.
   *
   * @param remove removes committed inserts and returns their number
   */
  Future<Void> cancel(Function<Collection<UnconfirmedInsert>, Future<Integer>> remove) {
    List<Rejected> batch = new ArrayList<>();
    queue.drainTo(batch, MAX_BATCH);
    if (batch.isEmpty()) {
      return Future.succeededFuture();
    }
    Instant expired = clock.instant().minus(MAX_INSERT_DURATION);
    return Futures.attempt(() -> remove.apply(batch.stream().map(Rejected::insert).toList()))
        .onComplete(
            found -> {
              batch.stream().filter(each -> each.at().isAfter(expired)).forEach(this::add);
              if (found > 0) {
                log.info("Removed {} inserts of rejected requests from the ledger", found);
              }
            },
            failure -> batch.forEach(this::add))
        .mapEmpty();
  }
}
