package dev.paymeter.app;

import dev.paymeter.audit.LookBackStore;
import dev.paymeter.http.management.OperatorPorts;
import dev.paymeter.payment.port.DisputeLedger;
import dev.paymeter.payment.port.LedgerDifference;
import dev.paymeter.payment.port.OperatorLog;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.RefundLedger;
import dev.paymeter.payment.query.StatusCounts;
import dev.paymeter.payment.service.InquiryService;
import dev.paymeter.payment.service.ManualSettlementService;
import dev.paymeter.webhook.WebhookAdministration;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The console's ports to the open ledger. */
record ConsolePorts(
    PaymentLedger paymentLedger,
    RefundLedger refunds,
    DisputeLedger disputes,
    InquiryService inquiryService,
    LookBackStore lookBackStore,
    ManualSettlementService manualSettlements,
    OperatorLog operatorLog,
    Optional<WebhookAdministration> webhooks)
    implements OperatorPorts {
  @Override
  public Future<StatusCounts> count(int max) {
    return paymentLedger.count(max);
  }

  @Override
  public Future<LaterEvents> laterEvents(int limit) {
    return disputes
        .listOpen(limit)
        .compose(
            open -> refunds.listFailedLater(limit).map(failed -> new LaterEvents(open, failed)));
  }

  @Override
  public Future<Integer> inquire(UUID payment) {
    return inquiryService.inquire(payment);
  }

  @Override
  public Future<List<LedgerDifference>> differences() {
    return lookBackStore.differences();
  }

  @Override
  public Future<Optional<String>> acknowledge(
      LedgerDifference.Acknowledgement accepted, String operator) {
    return lookBackStore.acknowledge(accepted, operator);
  }
}
