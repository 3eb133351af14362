package dev.paymeter.report;

import dev.paymeter.payment.Labeled;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.Timed;
import io.vertx.core.Future;
import java.util.List;

/**
 * Port: the ledger's entries that publishers report. A successful future confirms a commit that
 * survives a crash. Every operation fails with {@code LedgerUnavailableException} when the ledger
 * does not respond in time; the operation may then be committed or not.
 */
public interface ReportLedger {
  /**
   * Commits business events in one transaction. Skips an event if its publisher's id is already
   * stored. Safe to repeat: an event that was committed with the same receipt is reported as
   * accepted.
   *
   * @param events the events of one publisher, in one segment
   * @return the outcome of each event, in the same order; fails with {@code SupersededException}
   *     when another process has taken over the identity
   */
  @Timed(Operation.LEDGER_RECORD)
  Future<List<Recording>> record(List<BusinessEvent> events);

  /** Commits errors that other services report, as {@link #record}. */
  @Timed(Operation.LEDGER_RECORD)
  Future<List<Recording>> recordErrors(List<ReportedError> errors);

  /** Commits payments that other services have processed, as {@link #record}. */
  @Timed(Operation.LEDGER_RECORD)
  Future<List<Recording>> recordPayments(List<RecordedPayment> payments);

  /** The outcome of recording an entry under its publisher's id. */
  enum Recording implements Labeled {
    /** The entry is stored for the first time. */
    ACCEPTED,
    /** The entry was stored before. */
    DUPLICATE,
    /** Another entry was stored before under the same id. */
    CONFLICTING
  }
}
