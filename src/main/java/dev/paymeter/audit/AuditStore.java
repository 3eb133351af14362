package dev.paymeter.audit;

import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.Timed;
import io.vertx.core.Future;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Port: one instance's lease and settled totals in the ledger, with which its counters must agree.
 * The instance's processes follow each other; each of them is an epoch with its own segments. Fails
 * as {@code PaymentLedger}.
 */
public interface AuditStore {
  /**
   * Acquires the lease for a new epoch. From then on, no earlier process can begin to settle under
   * the identity.
   *
   * @return fails with {@link IdentityInUseException} while another process holds the lease
   */
  default Future<AcquiredLease> acquire() {
    return acquire(0);
  }

  /**
   * Acquires the lease as {@link #acquire()}, for an epoch after {@code afterEpoch}: a ledger that
   * went back may not contain the last one.
   */
  Future<AcquiredLease> acquire(int afterEpoch);

  /**
   * Renews the lease. Called well before it expires.
   *
   * @param compared the last position at which the ledger contained what was counted: payments and
   *     refunds are inserted from there on; {@link LedgerPosition#NONE} if it has to be compared
   *     again; {@link LedgerPosition#STARTING} if it was not compared since the lease was acquired
   * @return the position of the renewal; fails with {@code SupersededException} when another
   *     process has taken over, and with {@link LedgerWentBackException} when the ledger does not
   *     contain the epoch
   */
  @Timed(Operation.AUDIT_RENEW)
  Future<LedgerPosition> renew(LedgerPosition compared);

  /** Returns the totals of segments {@code first} to {@code last} of this epoch. */
  @Timed(Operation.AUDIT_READ)
  Future<SettledTotals> segments(int first, int last);

  /**
   * Succeeds when the statements of earlier processes have ended that had begun when the lease was
   * acquired: from then on, earlier processes commit nothing more.
   */
  Future<Void> awaitEarlierProcesses();

  /**
   * Returns the totals of earlier epochs since the checkpoint that was returned with the lease.
   * They are complete after {@link #awaitEarlierProcesses}.
   */
  @Timed(Operation.AUDIT_READ)
  Future<SettledTotals> earlier();

  /**
   * Stores the totals up to and including a segment of this epoch, so that a restart need not read
   * these segments again. From then on, the look-back compares these segments with what was counted
   * ({@link LookBackStore}).
   *
   * @param counted what was counted since the previous checkpoint that succeeded
   * @param position a renewal that the ledger contains. If it no longer does, or is on another
   *     timeline, nothing is stored, and the operation fails
   * @return the end of the hash chain, which the segments continue
   */
  @Timed(Operation.AUDIT_CHECKPOINT)
  Future<ChainHead> checkpoint(int segment, String totals, Sum counted, LedgerPosition position);

  /** Returns the end of the hash chain. */
  Future<ChainHead.Stored> head();

  /** Stores the signature of a head, unless the chain has another one by now. */
  Future<Void> sign(ChainHead head, ChainHead.Signature signature);

  /**
   * Fails as {@link #renew}, and if the ledger does not contain the renewal on the same timeline:
   * then everything that was read before may be incomplete.
   */
  @Timed(Operation.AUDIT_READ)
  Future<Void> verify(LedgerPosition position);

  /**
   * Reads the totals again, up to and including a segment of this epoch: those of the ledger's last
   * checkpoint, and what was settled after it.
   *
   * @return fails as {@link #renew}
   */
  Future<Reread> reread(int segment);

  /** Releases the lease, so that the next process need not wait until it expires. */
  Future<Void> release();

  /**
   * The lease and the start of a new epoch.
   *
   * @param epoch from 1
   * @param totals the totals of the last checkpoint; null before the first one
   * @param baseline what is added to the ledger's totals for the exposed values; null for nothing
   */
  record AcquiredLease(
      int epoch, @Nullable String totals, @Nullable String baseline, LedgerPosition position) {
    AcquiredLease withBaseline(@Nullable String baseline) {
      return new AcquiredLease(epoch, totals, baseline, position);
    }
  }

  /**
   * The totals of the ledger as they are now.
   *
   * @param totals the totals of the last checkpoint; null before the first one
   * @param later what was settled after it
   */
  record Reread(LedgerPosition position, @Nullable String totals, SettledTotals later) {}

  /** The settled totals of some segments in the ledger. */
  record SettledTotals(
      List<PaymentTotal> payments, List<EventTotal> events, List<ErrorTotal> errors) {
    static final SettledTotals NONE = new SettledTotals(List.of(), List.of(), List.of());

    /** Returns the totals of these segments and of other ones. */
    public SettledTotals plus(SettledTotals other) {
      return new SettledTotals(
          concat(payments, other.payments),
          concat(events, other.events),
          concat(errors, other.errors));
    }

    private static <T> List<T> concat(List<T> some, List<T> others) {
      return Stream.concat(some.stream(), others.stream()).toList();
    }

    /** Returns the number of all entries, and the sum of their amounts. */
    public Sum sum() {
      return payments.stream()
          .map(total -> new Sum(total.count(), total.cents()))
          .reduce(Sum.ZERO, Sum::plus)
          .plus(
              events.stream()
                  .map(total -> new Sum(total.count(), total.cents()))
                  .reduce(Sum.ZERO, Sum::plus))
          .plus(new Sum(errors.stream().mapToLong(ErrorTotal::count).sum(), 0));
    }
  }

  /**
   * A number of payments, business events and errors, and the sum of their amounts.
   *
   * @param cents in US cents
   */
  record Sum(long rows, long cents) {
    public static final Sum ZERO = new Sum(0, 0);

    public Sum plus(Sum other) {
      return new Sum(rows + other.rows, cents + other.cents);
    }

    public Sum minus(Sum other) {
      return new Sum(rows - other.rows, cents - other.cents);
    }
  }

  /**
   * The total of payments with equal labels and buckets.
   *
   * @param errorType the simple name of the failure; null for a success
   * @param highValue above {@code Payment.HIGH_VALUE_USD}
   * @param amountBucket the bucket of {@code payment_amount_usd}, from 0
   * @param durationBucket the bucket of {@code payment_duration_seconds}, from 0
   * @param cents the sum of their amounts in US cents
   * @param micros the sum of their durations in microseconds
   */
  record PaymentTotal(
      PaymentStatus status,
      String gateway,
      String tier,
      String method,
      String currency,
      @Nullable String errorType,
      boolean highValue,
      int amountBucket,
      int durationBucket,
      long count,
      long cents,
      long micros) {}

  /**
   * The total of business events with equal label and bucket.
   *
   * @param amountBucket the bucket of {@code business_events_usd}, from 0
   * @param cents the sum of their amounts in US cents
   */
  record EventTotal(String label, int amountBucket, long count, long cents) {}

  /** The total of reported errors with equal labels. */
  record ErrorTotal(String service, String errorType, Severity severity, long count) {}
}
