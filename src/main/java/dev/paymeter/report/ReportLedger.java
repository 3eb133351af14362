package dev.paymeter.report;

import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.Timed;
import io.vertx.core.Future;
import java.util.List;

/**
 * Port: the ledger's entries that publishers report. What its futures confirm is committed and
 * survives a crash. Every operation fails with {@code LedgerUnavailableException} when the ledger
 * does not respond in time; the operation may then have happened or not.
 */
public interface ReportLedger {
  /**
   * Commits business events in one transaction. Skips an event if its publisher's id is already
   * stored. Safe to repeat: an event that was committed with the same receipt is reported as new.
   *
   * @param events of one publisher, on one page
   * @return the outcome of each event, in the same order; fails with {@code SupersededException}
   *     when another process has taken over the identity
   */
  @Timed(Operation.LEDGER_RECORD)
  Future<List<Recording>> record(List<BusinessEvent> events);

  /** As {@link #record}, of errors that other services report. */
  @Timed(Operation.LEDGER_RECORD)
  Future<List<Recording>> recordErrors(List<ReportedError> errors);

  /** As {@link #record}, of payments that other services have processed. */
  @Timed(Operation.LEDGER_RECORD)
  Future<List<Recording>> recordPayments(List<RecordedPayment> payments);

  /** The outcome of recording an entry under its publisher's id. */
  enum Recording {
    /** The entry is stored for the first time. */
    NEW,
    /** The same entry was stored before. */
    KNOWN,
    /** Another entry was stored before under the same id. */
    OTHERWISE
  }
}
