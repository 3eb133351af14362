package dev.paymeter.audit;

import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.Timed;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Port: one instance's books, as the ledger keeps them. They say what should have been counted
 * under the instance's identity, over all its processes, one after the other: each of them is an
 * epoch, and writes on {@code Pages} of its own. Fails like {@code Ledger}.
 */
public interface AuditStore {
  /**
   * Opens the books for a new epoch. From then on no earlier process can begin to settle under the
   * identity.
   *
   * @return fails with {@link IdentityInUseException} while another process holds the identity
   */
  Future<Opening> open();

  /**
   * Says that this process is alive. To be repeated well within the lease.
   *
   * @return fails with {@code SupersededException} when another process has taken over
   */
  @Timed(Operation.AUDIT_RENEW)
  Future<Void> renew();

  /** What was settled and recorded in this epoch on pages {@code first} to {@code last}. */
  @Timed(Operation.AUDIT_READ)
  Future<Entries> pages(int first, int last);

  /**
   * What was settled and recorded before this epoch and after the checkpoint that it was opened
   * with. A statement that an earlier process had begun may still be committed for some seconds
   * after the opening, and then shows here.
   */
  @Timed(Operation.AUDIT_READ)
  Future<Entries> earlier();

  /**
   * Keeps what was settled up to and including a page of this epoch, so that the next opening need
   * not read it again.
   */
  @Timed(Operation.AUDIT_CHECKPOINT)
  Future<Void> checkpoint(int page, String totals);

  /** Gives the identity back: the next process need not wait for the lease to end. */
  Future<Void> close();

  /**
   * What a new epoch begins with.
   *
   * @param epoch from 1
   * @param totals the last checkpoint's; null before the first one
   */
  record Opening(int epoch, @Nullable String totals) {}

  /** What the ledger has of some pages. */
  record Entries(List<Entry> payments, List<EventEntry> events, List<ErrorEntry> errors) {}

  /**
   * Payments that are alike.
   *
   * @param errorType the simple name of the failure; null for a success
   * @param highValue above {@code Payment.HIGH_VALUE_USD}
   * @param amountBucket the bucket of {@code payment_amount_usd} that they fall into, from 0
   * @param durationBucket the bucket of {@code payment_duration_seconds}, from 0
   * @param count how many
   * @param cents the sum of their amounts in US cents
   * @param micros the sum of their durations in microseconds
   */
  record Entry(
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
   * Business events that are alike.
   *
   * @param label what they are counted as
   * @param amountBucket the bucket of {@code business_events_usd} that they fall into, from 0
   * @param count how many
   * @param cents the sum of their amounts in US cents
   */
  record EventEntry(String label, int amountBucket, long count, long cents) {}

  /**
   * Errors of other services that are alike.
   *
   * @param service what their service is counted as
   * @param errorType what their type is counted as
   * @param count how many
   */
  record ErrorEntry(String service, String errorType, Severity severity, long count) {}
}
