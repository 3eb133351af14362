package dev.paymeter.payment.port;

import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * Port: every change of a payment's state that was ever committed, by whatever instance, in an
 * order that never changes: what is committed later is never seen before a place that was read
 * already. Every operation fails with {@link LedgerUnavailableException} when the ledger cannot be
 * reached in time.
 */
public interface PaymentEventLog {
  /** The first changes behind a place, in their order. */
  @Timed(Operation.EVENTS_READ)
  Future<List<PaymentEvent>> after(PaymentEvent.Position place, int most);

  /** The place behind all changes that can be read now. */
  @Timed(Operation.EVENTS_READ)
  Future<PaymentEvent.Position> end();

  /**
   * How old the first committed change is that cannot be read yet, by the ledger's clock: it waits
   * for a transaction that began before and may still write. Zero where all can be read.
   */
  @Timed(Operation.EVENTS_READ)
  Future<Duration> heldBack();

  /** All changes of one payment, in their order. */
  @Timed(Operation.EVENTS_READ)
  Future<List<PaymentEvent>> of(UUID payment);
}
