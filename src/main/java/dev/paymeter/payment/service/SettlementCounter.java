package dev.paymeter.payment.service;

import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.port.SegmentStore;
import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts committed settlements, each in the segment of its rows. If a scrape has not waited for a
 * settlement, the rows are moved to the open segment first: the scrape then contains all rows up to
 * its cut. Safe from any thread.
 */
public record SettlementCounter(
    LedgerSegments ledgerSegments, SegmentStore segmentStore, Scheduler scheduler) {
  private static final Logger log = LoggerFactory.getLogger(SettlementCounter.class);

  /** Begins a settlement and returns its segment; {@link #count} or {@link #end} must follow. */
  public int begin() {
    return ledgerSegments.begin();
  }

  /** Ends a settlement that has nothing to count. */
  public void end(int segment) {
    ledgerSegments.end(segment);
  }

  /**
   * Counts a committed settlement, and ends it. If another process has taken over the identity,
   * that one counts it, and the segment stays open here.
   *
   * @param segment the segment of its rows
   * @param receipts as {@link SegmentStore#move}
   * @param count counts it in the segment that it receives; called once, or not at all
   * @return succeeds when it is counted, at once unless the rows have to be moved
   */
  public Future<Void> count(int segment, List<UUID> receipts, IntConsumer count) {
    if (ledgerSegments.count(segment, () -> count.accept(segment))) {
      return Future.succeededFuture();
    }
    int open = ledgerSegments.begin();
    return move(receipts, segment, open)
        .compose(
            moved -> {
              ledgerSegments.end(segment);
              return count(open, receipts, count);
            },
            failure -> {
              log.error("Cannot count {} after a scrape", receipts, failure);
              return Future.succeededFuture();
            });
  }

  private Future<Void> move(List<UUID> receipts, int from, int to) {
    return Futures.attempt(() -> segmentStore.move(receipts, from, to))
        .recover(
            failure ->
                failure instanceof LedgerUnavailableException
                    ? Retry.of(
                        scheduler,
                        () -> Futures.attempt(() -> segmentStore.move(receipts, from, to)),
                        again -> !(again instanceof LedgerUnavailableException))
                    : Future.failedFuture(failure));
  }
}
