package dev.paymeter.payment.service;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.port.CleanupStore.UnconfirmedInsert;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
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

  private final Map<UnconfirmedInsert, Instant> inserts = new ConcurrentHashMap<>();
  private final Clock clock;

  UnconfirmedInserts(Clock clock) {
    this.clock = clock;
  }

  void add(UUID id, Optional<IdempotencyKey> key) {
    if (inserts.size() < MAX_SIZE) {
      inserts.put(new UnconfirmedInsert(id, key), clock.instant());
    } else {
      // If the insert is committed, it stays pending, and its key in flight, until this process
      // ends.
      log.atError()
          .addKeyValue("id", id)
          .log("Too many unconfirmed inserts; this one is not canceled");
    }
  }

  /**
   * Cancels the inserts; called repeatedly.
   *
   * @param remove removes committed inserts and returns their number
   */
  Future<Void> cancel(Function<Collection<UnconfirmedInsert>, Future<Integer>> remove) {
    List<UnconfirmedInsert> batch = inserts.keySet().stream().limit(MAX_BATCH).toList();
    if (batch.isEmpty()) {
      return Future.succeededFuture();
    }
    Instant expired = clock.instant().minus(MAX_INSERT_DURATION);
    return remove
        .apply(batch)
        .onSuccess(
            found -> {
              batch.forEach(
                  each ->
                      inserts.computeIfPresent(
                          each, (insert, at) -> at.isAfter(expired) ? at : null));
              if (found > 0) {
                log.info("Removed {} inserts of rejected requests from the ledger", found);
              }
            })
        .mapEmpty();
  }
}
