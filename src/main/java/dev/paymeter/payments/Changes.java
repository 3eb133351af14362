package dev.paymeter.payments;

import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;

/**
 * Port: every change of a payment's state that was ever committed, by whatever instance, in an
 * order that never changes: what is committed later is never seen before a place that was read
 * already. Every operation fails with {@link LedgerUnavailableException} when the ledger cannot be
 * reached in time.
 */
public interface Changes {
  /** The first changes behind a place, in their order. */
  Future<List<Change>> after(Change.Position place, int most);

  /** The place behind all changes that can be read now. */
  Future<Change.Position> end();

  /** All changes of one payment, in their order. */
  Future<List<Change>> of(UUID payment);
}
