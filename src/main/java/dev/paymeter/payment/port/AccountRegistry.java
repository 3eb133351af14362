package dev.paymeter.payment.port;

import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Port: the accounts of the gateways of each instance of one ledger. An instance counts as running
 * while its lease is valid. Every operation fails with {@link LedgerUnavailableException} when the
 * ledger does not respond in time.
 */
public interface AccountRegistry {
  /** Registers the accounts of this instance, in place of those that it had before. Idempotent. */
  Future<Void> register(List<GatewayAccount> accounts);

  /**
   * Returns a simulated account of another running instance, at a gateway that has another
   * simulated account here.
   */
  Future<Optional<OtherAccount>> otherSimulator();

  /** The account of another instance. */
  record OtherAccount(String gateway, String account, String instanceId) {}

  /**
   * Returns the accounts that no running instance has, but that unresolved payments or refunds
   * have, those with the most of them first. Only one of these accounts could resolve them. Beyond
   * {@link #MAX_MISSING}, the accounts of a gateway are added up as {@link #OTHER_ACCOUNTS}.
   */
  @Timed(Operation.UNRESOLVED_READ)
  Future<List<MissingAccount>> missing();

  int MAX_MISSING = 20;

  String OTHER_ACCOUNTS = "other";

  /**
   * Unresolved payments and refunds in an account that no running instance has. Each of them is in
   * one of the totals.
   *
   * @param account empty for payments that were not submitted
   * @param oldest when the first of them was created
   * @param unknownPayments also in {@link UnresolvedTransfers#unknownByGateway()} of payments
   * @param unknownRefunds also in the reading of unknown refunds
   * @param pending payments and refunds that an ended process left pending: they become unknown
   *     when an instance has the account again
   */
  record MissingAccount(
      String gateway,
      String account,
      Instant oldest,
      Total unknownPayments,
      Total unknownRefunds,
      Total pending) {
    /** Returns the number of all of them. */
    public long count() {
      return unknownPayments.count() + unknownRefunds.count() + pending.count();
    }

    /** Returns the age of the oldest, in seconds, at least 0. */
    public double ageSeconds(Instant now) {
      return Math.max(0, Duration.between(oldest, now).toMillis() / 1000.0);
    }

    /** Returns the sum of all their amounts in US dollars. */
    public BigDecimal usd() {
      return unknownPayments.usd().add(unknownRefunds.usd()).add(pending.usd());
    }
  }

  /**
   * A number of payments or refunds.
   *
   * @param usd the sum of their amounts in US dollars
   */
  record Total(long count, BigDecimal usd) {
    public static final Total NONE = new Total(0, BigDecimal.ZERO);
  }
}
