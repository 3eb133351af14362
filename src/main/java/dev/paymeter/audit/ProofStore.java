package dev.paymeter.audit;

import dev.paymeter.payment.port.LedgerCut;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Port: the settled rows behind the counters of all instances. Fails as {@code PaymentLedger}. */
public interface ProofStore {
  /** Returns an instance, also one that has ended; empty if the ledger has none of this id. */
  Future<Optional<Instance>> instance(String instanceId);

  /** Returns the totals of an instance's rows after one cut and up to another. */
  Future<AuditStore.SettledTotals> totals(String instanceId, LedgerCut after, LedgerCut upTo);

  /**
   * Reads an instance's rows after one cut and up to another: payments, events, then errors, each
   * in the order of their positions.
   *
   * @param receiver receives each row, on the caller's context
   */
  Future<Void> rows(
      String instanceId, LedgerCut after, LedgerCut upTo, Consumer<SettledRow> receiver);

  /** Returns whether an instance has a row that was settled before a time. */
  Future<Boolean> hasRowsBefore(String instanceId, Instant time);

  /**
   * An identity under which rows are counted.
   *
   * @param generation the generation of the ledger when its last process started; null if unknown
   * @param epoch of its last process
   * @param baseline what is added to the totals of its rows for the exposed values; null for
   *     nothing
   * @param isRunning whether a process holds its lease
   */
  record Instance(
      String instanceId,
      @Nullable String generation,
      int epoch,
      @Nullable String baseline,
      boolean isRunning) {}

  /**
   * A settled row.
   *
   * @param kind its table
   * @param id of the payment; of others, the publisher and the id
   * @param recordedAt when it was settled or recorded
   * @param totals the totals of this row alone
   */
  record SettledRow(
      Kind kind,
      String id,
      LedgerCut position,
      Instant recordedAt,
      AuditStore.SettledTotals totals) {
    /** The tables of settled rows. */
    public enum Kind {
      PAYMENT("payment"),
      EVENT("event"),
      ERROR("error");

      private final String label;

      Kind(String label) {
        this.label = label;
      }

      public String label() {
        return label;
      }
    }
  }
}
