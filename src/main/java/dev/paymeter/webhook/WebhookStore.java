package dev.paymeter.webhook;

import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.Timed;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Port: the webhooks of each endpoint that are not delivered, and the processes that send them.
 * Every operation fails with {@link LedgerUnavailableException} when the ledger does not respond in
 * time.
 */
public interface WebhookStore {
  /** The error of webhooks whose endpoint was disabled. */
  String GONE = "endpoint disabled: status 410";

  /** The error of webhooks of another merchant than the one to which the endpoint now belongs. */
  String OTHER_MERCHANT = "endpoint of another merchant";

  /** The error of webhooks that were not attempted in time, because their endpoint fails. */
  String EXPIRED = "endpoint failing";

  /**
   * Maximum number of webhooks that become dead letters, or wait again, in one statement, so that
   * it ends soon.
   */
  int MAX_MOVED = 1000;

  /**
   * An endpoint of which the caller holds the lease.
   *
   * @param offset up to which the events are queued
   * @param waiting number of webhooks that wait, counted up to a limit
   * @param share the number of endpoints that the caller should have
   */
  record Held(String endpoint, EventOffset offset, boolean isDisabled, long waiting, int share) {}

  /**
   * A failed attempt.
   *
   * @param id of the webhook, because another one may have its number after the ledger went back
   * @param pause until the next attempt; empty if there is none
   */
  record Failure(long number, String id, String error, Optional<Duration> pause) {}

  /** Adds endpoints that are not stored yet. They receive later events only. */
  @Timed(Operation.WEBHOOKS_LEASE)
  Future<Void> register(Collection<String> endpoints);

  /**
   * Renews the caller's leases, and acquires free ones up to its share.
   *
   * @param sender the caller's name, the same at each call
   * @param maxWaiting the number to count to
   * @return the endpoints that the caller holds
   */
  @Timed(Operation.WEBHOOKS_LEASE)
  Future<List<Held>> renew(
      String sender, Collection<String> endpoints, Duration lease, int maxWaiting);

  /** Releases leases of the caller. */
  @Timed(Operation.WEBHOOKS_LEASE)
  Future<Void> release(String sender, Collection<String> endpoints);

  /**
   * Removes the caller, which holds no lease any more, from the processes that share the endpoints.
   */
  @Timed(Operation.WEBHOOKS_LEASE)
  Future<Void> leave(String sender);

  /** A webhook for one endpoint. */
  record Queued(String endpoint, Webhook.Content content) {}

  /**
   * Moves the offset of endpoints and queues webhooks, in one transaction. An endpoint whose lease
   * the caller does not hold, or that has another offset, is left out.
   *
   * @param endpoints that were at the offset {@code from}
   * @return the endpoints whose offset was moved
   */
  @Timed(Operation.WEBHOOKS_QUEUE)
  Future<List<String>> queue(
      String sender,
      Collection<String> endpoints,
      EventOffset from,
      EventOffset to,
      List<Queued> webhooks);

  /**
   * Returns webhooks whose next attempt is due: for each payment, the first one that waits.
   *
   * @param except numbers of those that are in progress
   */
  @Timed(Operation.WEBHOOKS_READ)
  Future<List<Webhook>> due(String endpoint, int limit, Collection<Long> except);

  /** Removes webhooks that were delivered, and counts them. */
  @Timed(Operation.WEBHOOKS_RECORD)
  Future<Void> delivered(String endpoint, List<Webhook> webhooks);

  /**
   * Records failed attempts. Later webhooks of the same payments are not due before the next
   * attempt.
   */
  @Timed(Operation.WEBHOOKS_RECORD)
  Future<Void> failed(String endpoint, List<Failure> failures);

  /** Disables an endpoint: no more webhooks are queued. */
  @Timed(Operation.WEBHOOKS_RECORD)
  Future<Void> disable(String endpoint);

  /**
   * Makes webhooks that wait for a disabled endpoint dead letters, up to a limit.
   *
   * @return their number
   */
  @Timed(Operation.WEBHOOKS_RECORD)
  Future<Integer> discard(String endpoint, int limit);

  /**
   * Makes webhooks dead letters that have waited for longer than a period.
   *
   * @param except numbers of those that are in progress
   */
  @Timed(Operation.WEBHOOKS_RECORD)
  Future<Integer> expire(String endpoint, Duration period, Collection<Long> except);

  /** Returns the numbers of each of these endpoints, all of one moment. */
  @Timed(Operation.WEBHOOKS_READ)
  Future<List<WebhookTotals>> totals(Collection<String> endpoints);

  /**
   * Returns dead letters of an endpoint, the oldest first.
   *
   * @param after the number after which they begin
   */
  @Timed(Operation.WEBHOOKS_READ)
  Future<List<DeadLetter>> deadLetters(String endpoint, long after, int limit);

  /** Returns a dead letter. */
  @Timed(Operation.WEBHOOKS_READ)
  Future<Optional<DeadLetter>> deadLetter(String endpoint, String id);

  /**
   * Makes dead letters wait for a new series of attempts.
   *
   * @param id of one; empty for the oldest ones, up to a limit
   * @return their number
   */
  @Timed(Operation.WEBHOOKS_RECORD)
  Future<Integer> resend(String endpoint, Optional<String> id, int limit);

  /**
   * Begins to enable an endpoint. Until {@link #enable}, it remains disabled, but its webhooks may
   * wait.
   *
   * @return whether it is disabled
   */
  @Timed(Operation.WEBHOOKS_RECORD)
  Future<Boolean> beginEnabling(String endpoint);

  /**
   * Makes the oldest webhooks wait again that became dead letters because the endpoint was
   * disabled, up to a limit.
   *
   * @return their number
   */
  @Timed(Operation.WEBHOOKS_RECORD)
  Future<Integer> restore(String endpoint, int limit);

  /**
   * Enables an endpoint again.
   *
   * @return false if {@link #beginEnabling} does not precede, or the endpoint was disabled since
   */
  @Timed(Operation.WEBHOOKS_RECORD)
  Future<Boolean> enable(String endpoint);
}
