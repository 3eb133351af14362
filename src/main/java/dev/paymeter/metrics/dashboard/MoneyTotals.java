package dev.paymeter.metrics.dashboard;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.Refund;
import dev.paymeter.report.BusinessEvent;
import java.math.BigDecimal;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Money that payments moved since the start of the process, in US cents. It is counted with the
 * exposed families, from the same payments, by labels that these do not have together. Labels have
 * configured values, and reasons are an enum, so that the size is bounded. Used under the
 * pipeline's lock.
 */
public final class MoneyTotals {
  private final SortedMap<String, Long> byGateway = new TreeMap<>();
  private final SortedMap<String, Long> byCurrency = new TreeMap<>();
  private final SortedMap<String, Long> byTier = new TreeMap<>();
  private final SortedMap<String, Sum> failed = new TreeMap<>();
  private Sum paid = Sum.ZERO;
  private Sum refunded = Sum.ZERO;
  private Sum failedRefunds = Sum.ZERO;

  /** A number of payments or refunds, and their amount in US cents. */
  public record Sum(long count, long cents) {
    static final Sum ZERO = new Sum(0, 0);

    Sum plus(long addend) {
      return new Sum(count + 1, cents + addend);
    }
  }

  /**
   * The totals at one moment.
   *
   * @param byGateway cents of successful payments; the two other maps divide the same cents
   * @param failed by the code of the failure
   * @param refunded of successful refunds, also of those that failed later
   * @param failedRefunds of refunds that failed later
   */
  public record Money(
      Sum paid,
      SortedMap<String, Long> byGateway,
      SortedMap<String, Long> byCurrency,
      SortedMap<String, Long> byTier,
      SortedMap<String, Sum> failed,
      Sum refunded,
      Sum failedRefunds) {}

  /** Counts a settled payment. */
  public void add(Payment payment) {
    long cents = cents(payment.amountUsd());
    PaymentException error = payment.settled().orElseThrow().error();
    if (error != null) {
      failed.merge(error.code().label(), new Sum(1, cents), MoneyTotals::plus);
      return;
    }
    paid = paid.plus(cents);
    byGateway.merge(payment.order().gateway(), cents, Long::sum);
    byCurrency.merge(payment.order().amount().currency().getCurrencyCode(), cents, Long::sum);
    byTier.merge(payment.order().tier(), cents, Long::sum);
  }

  /** Counts a business event if it is a refund of a payment, or its later failure. */
  public void add(BusinessEvent event) {
    if (!event.report().publisher().equals(Refund.PUBLISHER)) {
      return;
    }
    switch (event.report().event()) {
      case Refund.EVENT -> refunded = refunded.plus(cents(event.amountUsd()));
      case Refund.FAILURE_EVENT -> failedRefunds = failedRefunds.plus(cents(event.amountUsd()));
      default -> {}
    }
  }

  private static Sum plus(Sum one, Sum other) {
    return new Sum(one.count() + other.count(), one.cents() + other.cents());
  }

  private static long cents(BigDecimal usd) {
    return usd.unscaledValue().longValueExact();
  }

  public Money now() {
    return new Money(
        paid,
        new TreeMap<>(byGateway),
        new TreeMap<>(byCurrency),
        new TreeMap<>(byTier),
        new TreeMap<>(failed),
        refunded,
        failedRefunds);
  }
}
