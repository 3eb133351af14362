package dev.paymeter.payment.service;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.port.CleanupStore.Refused;
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
 * Payments, or refunds, that were refused since the ledger did not answer when they were to be
 * opened. One may have been committed all the same, or be yet: its client was told that nothing was
 * done, so nothing may be left of it. Safe from any thread.
 */
final class UnconfirmedInserts {
  private static final Logger log = LoggerFactory.getLogger(UnconfirmedInserts.class);

  /**
   * How long it is looked for again after it was withdrawn: the server itself ends a statement that
   * takes ten seconds, and refuses one that begins after that ({@code Leftovers.withdraw}).
   */
  static final Duration LONGEST_OPENING = Duration.ofSeconds(20);

  /** Some 20 MB. */
  private static final int MOST = 100_000;

  private static final int MOST_AT_ONCE = 1000;

  private final Map<Refused, Instant> refused = new ConcurrentHashMap<>();
  private final Clock clock;

  UnconfirmedInserts(Clock clock) {
    this.clock = clock;
  }

  void add(UUID id, Optional<IdempotencyKey> key) {
    if (refused.size() < MOST) {
      refused.put(new Refused(id, key), clock.instant());
    } else {
      // Where it was committed it stays pending, and its key in flight, until this process ends.
      log.atError().addKeyValue("id", id).log("Too many refused requests to remember");
    }
  }

  /**
   * Removes what is found of them. To be repeated.
   *
   * @param remove says how many it has found
   */
  Future<Void> withdraw(Function<Collection<Refused>, Future<Integer>> remove) {
    List<Refused> some = refused.keySet().stream().limit(MOST_AT_ONCE).toList();
    if (some.isEmpty()) {
      return Future.succeededFuture();
    }
    Instant over = clock.instant().minus(LONGEST_OPENING);
    return remove
        .apply(some)
        .onSuccess(
            found -> {
              some.forEach(
                  each ->
                      refused.computeIfPresent(each, (its, at) -> at.isAfter(over) ? at : null));
              if (found > 0) {
                log.info("{} refused requests were in the ledger, and are removed", found);
              }
            })
        .mapEmpty();
  }
}
