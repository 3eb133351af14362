package dev.paymeter.audit;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.RecordedCharge;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Port: the generations of a ledger, and what it has lost. Fails as {@code PaymentLedger}. */
public interface GenerationStore {
  /**
   * The state of the ledger at the start of a process.
   *
   * @param ledger the id of the ledger, which copies share
   * @param generation the current generation
   * @param lastGeneration the generation when the identity's last process started; null if there
   *     was none
   * @param newest when the newest payment was accepted; without payments, when the ledger was
   *     created. If the identity has not seen the current generation, not later than the start of
   *     the searches since then
   */
  record State(UUID ledger, String generation, @Nullable String lastGeneration, Instant newest) {}

  /** Returns the state, as the identity sees it. */
  Future<State> state();

  /**
   * Returns the ids of those payments that the ledger has never contained: it has neither their
   * rows nor their events, nor another payment under their idempotency key.
   */
  Future<Set<UUID>> absent(List<RecordedCharge> charges);

  /**
   * Returns the ids of those payments that have no outcome, and that this instance has submitted or
   * counted.
   *
   * @param counted ids of payments that it has counted
   */
  Future<Set<UUID>> unsettled(List<RecordedCharge> charges, Collection<UUID> counted);

  /** Returns those payments that have no outcome. */
  Future<List<Payment>> unsettledPayments(Collection<UUID> ids);

  /**
   * Returns those refunds that have no outcome, and successful ones of whose later failures ({@code
   * Refund.failureId}) the ids are.
   */
  Future<List<Refund>> unsettledRefunds(Collection<UUID> ids);

  /**
   * Returns those other instances that recover their own payments: their lease is valid, or expired
   * less than a minute ago.
   */
  Future<Set<String>> recovering(Collection<String> instances);

  /**
   * Begins a generation, and adds a loss to it.
   *
   * @param expected the generation before the loss; if it has ended, another instance has found the
   *     loss, too, and the loss is added to the current generation
   * @return the current generation
   */
  Future<String> begin(String expected, Loss loss);

  /**
   * A loss that an instance has found.
   *
   * @param evidence for operators
   * @param since the start of the search at the gateways
   * @param rows lost rows
   * @param cents the sum of their amounts, in US cents
   */
  record Loss(String evidence, Instant since, long rows, long cents) {}

  /**
   * Inserts lost payments again, with their idempotency records. Of those that exist, settles the
   * ones that were counted and have no outcome, and skips the others.
   *
   * @param epoch the epoch of this process, in whose segment 0 its own payments are settled
   */
  Future<Void> recover(String generation, int epoch, List<LostPayment> payments);

  /** Records the counts that the ledger lacks after the recovery. */
  Future<Void> lost(String generation, List<Missing.Series> series);

  /**
   * Stores with which baseline, and in which generation, the identity continues: the ledger is
   * compared.
   *
   * @param lease of the process, with the baseline
   * @param hasMoved whether the ledger has moved since the identity saw it last, or lacks something
   */
  Future<Void> resume(AuditStore.AcquiredLease lease, String generation, boolean hasMoved);
}
