package dev.paymeter.payment.port;

import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;

/** Port: the segments of the rows that this process has settled. */
@FunctionalInterface
public interface SegmentStore {
  /**
   * Moves committed rows to a later segment, before they are counted there. Safe to repeat.
   *
   * @param receipts the ids of the settlements ({@link dev.paymeter.payment.Transfer#receipt}), and
   *     of business events, errors and fees
   * @return fails with {@link LedgerUnavailableException} if it is not known whether they are
   *     moved, and with {@link SupersededException} when another process has taken over the
   *     identity
   */
  Future<Void> move(List<UUID> receipts, int from, int to);
}
