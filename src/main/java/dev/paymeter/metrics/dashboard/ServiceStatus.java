package dev.paymeter.metrics.dashboard;

import dev.paymeter.payment.Labeled;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The state of this instance and of its dependencies at one moment.
 *
 * @param proof the last comparison of the counters with the ledger; empty before they are restored
 * @param comparedUpTo the moment up to which everything is compared; null before that
 * @param lookBackSince the moment after which every row was compared again; null before the first
 *     step of the look-back
 * @param drift of all audited families, and of past rows; NaN before they are restored
 * @param unaccounted observations without a disposition, or with two
 * @param ledgerUp null before the counters are restored
 * @param unknown payments and refunds with an unknown outcome, in the whole ledger
 * @param disputes disputes and warnings that have not ended, in the whole ledger
 * @param incidents what is wrong now, the earliest first
 */
public record ServiceStatus(
    Instant at,
    Optional<PaymentComparison> proof,
    @Nullable Instant comparedUpTo,
    @Nullable Instant lookBackSince,
    double drift,
    double unaccounted,
    @Nullable Boolean ledgerUp,
    Unknowns unknown,
    Disputes disputes,
    List<Incident> incidents) {

  /**
   * Unresolved payments and refunds.
   *
   * @param at when the ledger was read for the last time, to within a minute; null if never
   * @param missing those in accounts that no running instance has: an element for each account, and
   *     for all accounts of a gateway beyond the maximum
   */
  public record Unknowns(
      @Nullable Instant at,
      SortedMap<String, Unknown> payments,
      SortedMap<String, Unknown> refunds,
      List<MissingAccount> missing) {}

  /**
   * Payments or refunds with an unknown outcome.
   *
   * @param oldestSeconds age of the oldest; 0 if there are none
   * @param cents their sum in US cents
   */
  public record Unknown(long count, double oldestSeconds, long cents) {}

  /**
   * Unresolved payments and refunds in an account that no running instance has.
   *
   * @param oldestSeconds age of the oldest
   * @param payments unknown ones, which those of the gateway contain too
   * @param refunds unknown ones, which those of the gateway contain too
   * @param pending payments and refunds that an ended process left pending
   */
  public record MissingAccount(
      String gateway,
      String account,
      double oldestSeconds,
      MoneyTotals.Sum payments,
      MoneyTotals.Sum refunds,
      MoneyTotals.Sum pending) {}

  /**
   * Disputes and warnings that have not ended.
   *
   * @param at when the ledger was read for the last time, to within a minute; null if never
   */
  public record Disputes(@Nullable Instant at, List<OpenDisputes> open) {}

  /**
   * The open disputes through a gateway, or its open warnings.
   *
   * @param kind {@code dispute} or {@code warning}
   * @param cents their sum in US cents
   * @param awaiting the number of those with a deadline that the merchant has not responded to
   * @param respondBy the first deadline of these; null if there are none
   */
  public record OpenDisputes(
      String gateway,
      String kind,
      long count,
      long cents,
      long awaiting,
      @Nullable Instant respondBy) {}

  /** The kind of an incident. */
  public enum Kind implements Labeled {
    /** The ledger cannot be reached, or rejects writes. */
    LEDGER_UNAVAILABLE,
    /** The circuit breaker of a gateway is not closed, or many calls get no response. */
    GATEWAY_NOT_RESPONDING
  }

  /**
   * A condition that holds now.
   *
   * @param subject the gateway; empty for the ledger
   * @param refused requests refused since then: by the service, or by the gateway's breaker
   * @param timeouts calls of the gateway without a response since then, and in the minute before
   * @param breaker the state of the gateway's circuit breaker; empty for the ledger
   */
  public record Incident(
      Kind kind, String subject, Instant since, long refused, long timeouts, String breaker) {}
}
