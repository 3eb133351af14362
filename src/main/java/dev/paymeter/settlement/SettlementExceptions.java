package dev.paymeter.settlement;

import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.Timed;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Port: the exceptions of settlement files that the ledger has. Fails with {@link
 * LedgerUnavailableException} when the ledger does not respond in time.
 */
public interface SettlementExceptions {
  /** Returns the open exceptions by kind; kinds without any are absent. */
  @Timed(Operation.SETTLEMENTS_READ)
  Future<List<OpenTotal>> openByKind();

  /**
   * The open exceptions of a kind.
   *
   * @param oldest when the first of them was found
   * @param usd the sum of what is in question, in US dollars, as far as it is known
   */
  record OpenTotal(ExceptionKind kind, long count, Instant oldest, BigDecimal usd) {
    /** Returns the age of the oldest, in seconds, at least 0. */
    public double ageSeconds(Instant now) {
      return Math.max(0, Duration.between(oldest, now).toMillis() / 1e3);
    }
  }
}
