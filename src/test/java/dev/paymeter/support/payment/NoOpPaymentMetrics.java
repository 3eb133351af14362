package dev.paymeter.support.payment;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.DisputeLedger;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.UnresolvedTransfers;
import java.time.Duration;
import java.util.List;

/** Metrics that do nothing; tests override the methods that they check. */
public class NoOpPaymentMetrics implements PaymentMetrics {
  @Override
  public void settled(Payment payment) {}

  @Override
  public void voided(Payment payment) {}

  @Override
  public void disputed(DisputeLedger.Change change) {}

  @Override
  public void showOpenDisputes(List<DisputeLedger.OpenTotal> open) {}

  @Override
  public void showWaitingPayments(List<PaymentLedger.WaitingTotal> waiting) {}

  @Override
  public void showAuthorizedPayments(List<PaymentLedger.AuthorizedTotal> authorized) {}

  @Override
  public void settled(Refund refund) {}

  @Override
  public void keyUsed(KeyOutcome outcome) {}

  @Override
  public void unavailable() {}

  @Override
  public void failedOver(String gateway) {}

  @Override
  public void resolved(String gateway, Via via, Duration age) {}

  @Override
  public void settlementConflict(String gateway) {}

  @Override
  public void outcomeAbandoned(String gateway) {}

  @Override
  public void showUnknownPayments(List<UnresolvedTransfers.UnknownTotal> unknown) {}

  @Override
  public void showUnknownRefunds(List<UnresolvedTransfers.UnknownTotal> unknown) {}

  @Override
  public void showPublicationLag(Duration age) {}

  @Override
  public void timed(Operation operation, Outcome outcome, long nanos) {}

  @Override
  public void failed(String service, String errorType, Severity severity) {}
}
