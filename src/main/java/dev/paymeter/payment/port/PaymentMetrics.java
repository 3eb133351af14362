package dev.paymeter.payment.port;

import dev.paymeter.payment.Labeled;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Severity;
import java.time.Duration;
import java.util.List;

/**
 * Port: what operators see. Observes; never changes what a payment does, never blocks, never
 * throws. Safe from any thread.
 */
public interface PaymentMetrics {
  PaymentMetrics NONE =
      new PaymentMetrics() {
        @Override
        public void settled(Payment payment) {}

        @Override
        public void settled(Refund refund) {}

        @Override
        public void keyed(KeyOutcome outcome) {}

        @Override
        public void failedOver(String gateway) {}

        @Override
        public void resolved(String gateway, Via via, Duration age) {}

        @Override
        public void unknown(List<UnresolvedTransfers.Unknown> unknown) {}

        @Override
        public void unknownRefunds(List<UnresolvedTransfers.Unknown> unknown) {}

        @Override
        public void unpublished(Duration age) {}

        @Override
        public void timed(Operation operation, Outcome outcome, long nanos) {}

        @Override
        public void failed(String service, String errorType, Severity severity) {}
      };

  /**
   * Counts one payment: business class, never lost while the process lives. To be called once for a
   * payment, after its final state is committed and before its client, or who told of it, is
   * answered.
   */
  void settled(Payment payment);

  /**
   * Counts one refund, a success as a business event and a failure as an error: business class,
   * like a payment.
   */
  void settled(Refund refund);

  /** Counts a request that had an idempotency key; gone with the process. */
  void keyed(KeyOutcome outcome);

  /** What a request with an idempotency key was. */
  enum KeyOutcome implements Labeled {
    /** The first under its key. */
    NEW,
    /** One that was carried out before, and got the same answer again. */
    REPLAYED,
    /** One that is being carried out. */
    IN_FLIGHT,
    /** Not the one that came before under its key. */
    MISMATCH
  }

  /** Counts a payment that another gateway is asked for than this one; gone with the process. */
  void failedOver(String gateway);

  /**
   * Times how long nobody knew the outcome of a payment: business class, but gone with the process.
   *
   * @param age not negative
   */
  void resolved(String gateway, Via via, Duration age);

  /** How it came out what became of a payment. */
  enum Via implements Labeled {
    /** The process that had asked to charge it got an answer after all. */
    ANSWER,
    /** The gateway was asked for it afterwards. */
    INQUIRY
  }

  /** Shows which payments are unknown now, in all of the ledger, until it is told again. */
  void unknown(List<UnresolvedTransfers.Unknown> unknown);

  /** The same of refunds. */
  void unknownRefunds(List<UnresolvedTransfers.Unknown> unknown);

  /**
   * Shows how old the first event is that is still to be told, in all of the ledger, until it is
   * told again.
   *
   * @param age zero where all are told, not negative
   */
  void unpublished(Duration age);

  /**
   * Times one internal step: low-level class, sampled, shed first when the service is overloaded.
   *
   * @param nanos how long it took, in nanoseconds, not negative
   */
  void timed(Operation operation, Outcome outcome, long nanos);

  /**
   * Counts an error of ours that belongs to no payment: business class, but gone with the process.
   *
   * @param service which part of us, one of {@code ErrorReport.OUR_SERVICES} but {@code payment}
   *     and {@code refund}
   * @param errorType what kind of error, as a class is named
   */
  void failed(String service, String errorType, Severity severity);

  /** The internal steps that are timed. */
  enum Operation implements Labeled {
    LEDGER_INSERT,
    LEDGER_SETTLE,
    LEDGER_REROUTE,
    LEDGER_MARK_UNKNOWN,
    LEDGER_FIND,
    LEDGER_LIST,
    LEDGER_RECORD,
    LEDGER_CHECK,
    UNRESOLVED_TAKE,
    UNRESOLVED_POSTPONE,
    UNRESOLVED_READ,
    REFUNDS_LOOKUP,
    REFUNDS_INSERT,
    REFUNDS_SETTLE,
    REFUNDS_MARK_UNKNOWN,
    REFUNDS_FIND,
    REFUNDS_LIST,
    CLEANUP_CANCEL,
    CLEANUP_EXPIRE_KEYS,
    EVENTS_READ,
    EVENTS_LEASE,
    EVENTS_PUBLISH,
    AUDIT_READ,
    AUDIT_RENEW,
    AUDIT_CHECKPOINT,
    GATEWAY_CHARGE,
    GATEWAY_RESOLVE,
    GATEWAY_REFUND,
    GATEWAY_RESOLVE_REFUND,
    BUS_PAYMENTS_CREATE,
    BUS_PAYMENTS_FIND,
    BUS_PAYMENTS_LIST,
    BUS_PAYMENTS_CHANGES,
    BUS_REFUNDS_CREATE,
    BUS_REFUNDS_FIND,
    BUS_REFUNDS_LIST,
    BUS_PAYMENTS_RECORD,
    BUS_OBSERVATIONS
  }

  /** Whether a step's future succeeded. */
  enum Outcome implements Labeled {
    SUCCESS,
    FAILURE
  }
}
