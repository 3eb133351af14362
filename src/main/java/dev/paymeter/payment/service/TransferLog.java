package dev.paymeter.payment.service;

import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import org.slf4j.Logger;
import org.slf4j.spi.LoggingEventBuilder;

/** Log messages of payments and refunds. */
final class TransferLog {
  private TransferLog() {}

  static void started(Logger log, Transfer<?> pending) {
    describe(log.atInfo(), pending).log("{} processing started", noun(pending));
  }

  static void settled(Logger log, Transfer<?> settled) {
    settled
        .error()
        .ifPresentOrElse(
            error ->
                describe(settled.hasFailedLater() ? log.atWarn() : log.atInfo(), settled)
                    .addKeyValue("error_type", error.type())
                    .addKeyValue("error_code", error.code().label())
                    .addKeyValue("error", error.reason())
                    .log(
                        "{} failed{}",
                        noun(settled),
                        settled.hasFailedLater() ? " after it had succeeded" : ""),
            () -> describe(log.atInfo(), settled).log("{} {}", noun(settled), success(settled)));
  }

  private static String success(Transfer<?> settled) {
    return switch (settled.status()) {
      case AUTHORIZED -> "authorized";
      case REQUIRES_ACTION -> "waits for its payer";
      case VOIDED -> "voided";
      default -> "completed successfully";
    };
  }

  static String noun(Transfer<?> transfer) {
    return transfer instanceof Refund ? "Refund" : "Payment";
  }

  /** Adds the fields that identify a transfer. */
  static LoggingEventBuilder identify(LoggingEventBuilder line, Transfer<?> transfer) {
    return transfer instanceof Refund refund
        ? line.addKeyValue("refund_id", refund.id())
            .addKeyValue("payment_id", refund.payment().id())
            .addKeyValue("order_id", refund.order().orderId())
            .addKeyValue("user_id", refund.order().userId())
        : line.addKeyValue("payment_id", transfer.id());
  }

  static LoggingEventBuilder describe(LoggingEventBuilder line, Transfer<?> transfer) {
    PaymentOrder order = transfer.order();
    LoggingEventBuilder described =
        identify(line, transfer)
            .addKeyValue("amount", transfer.amount().amount().toPlainString())
            .addKeyValue("currency", transfer.amount().currency().getCurrencyCode())
            .addKeyValue("user_tier", order.tier())
            .addKeyValue("payment_method", order.method())
            .addKeyValue("gateway", order.gateway());
    return transfer
        .settled()
        .map(outcome -> described.addKeyValue("duration", outcome.duration().toNanos() / 1e9))
        .orElse(described);
  }
}
