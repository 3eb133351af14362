package dev.paymeter.payment.port;

import dev.paymeter.payment.OperatorAction;
import dev.paymeter.payment.query.ActionFilter;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Port: the audit trail of actions. Fails with {@link LedgerUnavailableException} when the ledger
 * does not respond in time.
 */
public interface OperatorLog {
  /**
   * Commits an action before it is carried out.
   *
   * @return the id of its entry
   */
  Future<Long> begin(OperatorAction action);

  /**
   * Commits the result of an action.
   *
   * @param status the HTTP status of the response
   * @param outcome a short text
   */
  Future<Void> end(long id, int status, String outcome);

  /**
   * Returns entries, newest first.
   *
   * @param after the position after which the list starts; null for its beginning
   * @param limit the maximum number of entries
   */
  Future<List<OperatorAction.Entry>> list(
      ActionFilter filter, PaymentPage.@Nullable Position after, int limit);
}
