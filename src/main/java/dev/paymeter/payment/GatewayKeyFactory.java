package dev.paymeter.payment;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;

/**
 * Factory of gateway keys. The key of a request with an idempotency key is the beginning of
 * HMAC-SHA-256 of its owner, route and key, as a version 8 UUID (RFC 9562, section 5.8). So it
 * never equals the id of a payment, and without the secret it cannot be computed. Safe from any
 * thread.
 */
public final class GatewayKeyFactory {
  /** Appears in none of the parts. */
  private static final char SEPARATOR = '\n';

  private static final long VERSION_MASK = 0xF000L;
  private static final long VERSION = 0x8000L;
  private static final long VARIANT_MASK = 0xC000_0000_0000_0000L;
  private static final long VARIANT = 0x8000_0000_0000_0000L;

  private final String instanceId;
  private final KeyedHash keyedHash;

  /**
   * @param instanceId the instance that submits the payments
   * @param secret the same for all instances of a ledger, also after the ledger is lost
   */
  public GatewayKeyFactory(String instanceId, byte[] secret) {
    this.instanceId = instanceId;
    this.keyedHash = new KeyedHash(secret);
  }

  /**
   * Returns the key of a new payment or refund.
   *
   * @param id of the payment or refund
   * @param idempotency empty if the request had no key
   */
  public GatewayKey create(UUID id, Optional<IdempotencyKey> idempotency) {
    return new GatewayKey(
        idempotency.map(this::derive).orElse(id),
        new GatewayKey.Origin(instanceId, idempotency.orElse(null)));
  }

  private UUID derive(IdempotencyKey key) {
    String text = key.owner() + SEPARATOR + key.route() + SEPARATOR + key.key();
    ByteBuffer hash = ByteBuffer.wrap(keyedHash.of(text));
    return new UUID(
        (hash.getLong() & ~VERSION_MASK) | VERSION, (hash.getLong() & ~VARIANT_MASK) | VARIANT);
  }
}
