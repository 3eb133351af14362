package dev.paymeter.http.management;

import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.DisputeLedger.OpenDispute;
import dev.paymeter.payment.port.LedgerDifference;
import dev.paymeter.payment.port.OperatorLog;
import dev.paymeter.payment.query.StatusCounts;
import dev.paymeter.payment.service.ManualSettlementService;
import dev.paymeter.webhook.WebhookAdministration;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The parts of the service that the console's lists and actions use besides the API's. */
public interface OperatorPorts {
  /**
   * Returns the numbers of payments in the ledger.
   *
   * @param max the highest number to count to
   */
  Future<StatusCounts> count(int max);

  /**
   * Payments with events after their success that people must handle.
   *
   * @param disputes open disputes and warnings
   * @param failedRefunds refunds that failed after a success
   */
  record LaterEvents(List<OpenDispute> disputes, List<Refund> failedRefunds) {}

  /**
   * Returns the open disputes with the first deadlines, and the refunds that failed last.
   *
   * @param limit the maximum number of each
   */
  Future<LaterEvents> laterEvents(int limit);

  /** Makes the inquiries about a payment due, and returns their number. */
  Future<Integer> inquire(UUID payment);

  /** Returns the differences between counted rows and the ledger. */
  Future<List<LedgerDifference>> differences();

  /**
   * Accepts the rows of a range as they are.
   *
   * @return the accepted values, as a text; empty if the rows have changed since the operator saw
   *     their difference, or are accepted already
   */
  Future<Optional<String>> acknowledge(LedgerDifference.Acknowledgement accepted, String operator);

  /** Returns the outgoing webhooks; empty if there is no file of endpoints. */
  Optional<WebhookAdministration> webhooks();

  /** Returns the manual settlements of payments. */
  ManualSettlementService manualSettlements();

  /** Returns the audit trail. */
  OperatorLog operatorLog();
}
