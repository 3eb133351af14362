package dev.paymeter.payment;

import java.time.Instant;
import java.util.UUID;

/**
 * A generator of payment ids: version 7 UUIDs (RFC 9562, section 5.7), so that new rows are
 * appended to the ledger's index.
 */
public final class PaymentIds {
  private PaymentIds() {}

  public static UUID next(Instant now) {
    return of(now, UUID.randomUUID());
  }

  /**
   * Returns the id for a time and a random part.
   *
   * @param random a version 4 UUID, whose random bits are kept
   */
  public static UUID of(Instant now, UUID random) {
    long timeAndVersion = now.toEpochMilli() << 16 | 0x7000;
    return new UUID(
        timeAndVersion | (random.getMostSignificantBits() & 0x0FFF),
        random.getLeastSignificantBits());
  }
}
