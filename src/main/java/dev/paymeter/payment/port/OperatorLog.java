package dev.paymeter.payment.port;

import dev.paymeter.payment.OperatorAction;
import io.vertx.core.Future;

/**
 * Port: the audit trail of operators' actions. Fails with {@link LedgerUnavailableException} when
 * the ledger does not respond in time.
 */
public interface OperatorLog {
  /**
   * Commits an action before it is carried out.
   *
   * @return the id of its entry
   */
  Future<Long> begin(OperatorAction action);

  /**
   * Commits the outcome of an action.
   *
   * @param outcome a short text
   */
  Future<Void> end(long id, String outcome);
}
