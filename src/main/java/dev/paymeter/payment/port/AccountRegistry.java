package dev.paymeter.payment.port;

import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.Future;
import java.math.BigDecimal;
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
   * have: at most {@link #MAX_MISSING}, those with the most of them first. Only one of these
   * accounts could resolve them.
   */
  @Timed(Operation.UNRESOLVED_READ)
  Future<List<MissingAccount>> missing();

  int MAX_MISSING = 20;

  /**
   * Unresolved payments and refunds in an account that no running instance has.
   *
   * @param account empty for payments that were not submitted
   * @param count of the payments and refunds that are unknown, or that an ended process left
   *     pending
   * @param oldest when the first of them was created
   * @param usd the sum of their amounts in US dollars
   */
  record MissingAccount(
      String gateway, String account, long count, Instant oldest, BigDecimal usd) {}
}
