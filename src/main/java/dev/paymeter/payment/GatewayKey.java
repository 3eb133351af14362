package dev.paymeter.payment;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The reference of a payment or refund at its gateway, which moves money at most once for each key.
 * Keys are equal if their ids are equal.
 *
 * @param id derived from the idempotency key of the request, so that a repeated request has the
 *     same id even if the ledger has lost the first one; the id of the payment or refund if the
 *     request had no key
 * @param origin the origin of the request; null where only the id matters
 */
public record GatewayKey(UUID id, @Nullable Origin origin) {
  /**
   * The origin of a request.
   *
   * @param instanceId the instance that submits the payment
   * @param idempotency null if the request had no key
   */
  public record Origin(String instanceId, @Nullable IdempotencyKey idempotency) {}

  /** Returns a key without its origin. */
  public static GatewayKey of(UUID id) {
    return new GatewayKey(id, null);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof GatewayKey that && that.id.equals(id);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }
}
