package dev.paymeter.payments;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Port: what operators see. Observes; never changes what a payment does, never blocks, never
 * throws. Safe from any thread.
 */
public interface Observations {
  Observations NONE =
      new Observations() {
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
        public void unknown(List<Inquiries.Unknown> unknown) {}

        @Override
        public void unknownRefunds(List<Inquiries.Unknown> unknown) {}

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
  enum KeyOutcome {
    /** The first under its key. */
    NEW,
    /** One that was carried out before, and got the same answer again. */
    REPLAYED,
    /** One that is being carried out. */
    IN_FLIGHT,
    /** Not the one that came before under its key. */
    MISMATCH;

    private final String label = name().toLowerCase(Locale.ROOT);

    public String label() {
      return label;
    }
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
  enum Via {
    /** The process that had asked to charge it got an answer after all. */
    ANSWER,
    /** The gateway was asked for it afterwards. */
    INQUIRY;

    private final String label = name().toLowerCase(Locale.ROOT);

    public String label() {
      return label;
    }
  }

  /** Shows which payments are unknown now, in all of the ledger, until it is told again. */
  void unknown(List<Inquiries.Unknown> unknown);

  /** The same of refunds. */
  void unknownRefunds(List<Inquiries.Unknown> unknown);

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
   * @param service which part of us, one of {@link ErrorReport#OUR_SERVICES} but {@code payment}
   *     and {@code refund}
   * @param errorType what kind of error, as a class is named
   */
  void failed(String service, String errorType, Severity severity);

  /** The internal steps that are timed. */
  enum Operation {
    LEDGER_OPEN("ledger_open"),
    LEDGER_SETTLE("ledger_settle"),
    LEDGER_REROUTE("ledger_reroute"),
    LEDGER_DOUBT("ledger_doubt"),
    LEDGER_FIND("ledger_find"),
    LEDGER_LIST("ledger_list"),
    LEDGER_RECORD("ledger_record"),
    LEDGER_CHECK("ledger_check"),
    INQUIRIES_TAKE("inquiries_take"),
    INQUIRIES_POSTPONE("inquiries_postpone"),
    INQUIRIES_READ("inquiries_read"),
    REFUNDS_LOOK("refunds_look"),
    REFUNDS_OPEN("refunds_open"),
    REFUNDS_SETTLE("refunds_settle"),
    REFUNDS_DOUBT("refunds_doubt"),
    REFUNDS_FIND("refunds_find"),
    REFUNDS_LIST("refunds_list"),
    LEFTOVERS_WITHDRAW("leftovers_withdraw"),
    LEFTOVERS_FORGET_KEYS("leftovers_forget_keys"),
    CHANGES_READ("changes_read"),
    CHANGES_LEAD("changes_lead"),
    CHANGES_PUBLISHED("changes_published"),
    BOOKS_READ("books_read"),
    BOOKS_RENEW("books_renew"),
    BOOKS_CHECKPOINT("books_checkpoint"),
    GATEWAY_CHARGE("gateway_charge"),
    GATEWAY_RESOLVE("gateway_resolve"),
    GATEWAY_REFUND("gateway_refund"),
    GATEWAY_RESOLVE_REFUND("gateway_resolve_refund"),
    BUS_CREATE("bus_payments_create"),
    BUS_FIND("bus_payments_find"),
    BUS_LIST("bus_payments_list"),
    BUS_CHANGES("bus_payments_changes"),
    BUS_REFUND("bus_refunds_create"),
    BUS_FIND_REFUND("bus_refunds_find"),
    BUS_LIST_REFUNDS("bus_refunds_list"),
    BUS_RECORD("bus_payments_record"),
    BUS_OBSERVE("bus_observations");

    private final String label;

    Operation(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }

  /** Whether a step's future succeeded. */
  enum Outcome {
    SUCCESS("success"),
    FAILURE("failure");

    private final String label;

    Outcome(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }
}
