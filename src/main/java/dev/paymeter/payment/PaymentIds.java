package dev.paymeter.payment;

import java.time.Instant;
import java.util.UUID;

/**
 * Makes payment ids: version 7 UUIDs (RFC 9562, section 5.7), so that new rows land at the end of
 * the ledger's index.
 */
public final class PaymentIds {
  private PaymentIds() {}

  public static UUID next(Instant now) {
    return of(now, UUID.randomUUID());
  }

  /**
   * @param random of version 4: what is random in it stays
   */
  public static UUID of(Instant now, UUID random) {
    long timeAndVersion = now.toEpochMilli() << 16 | 0x7000;
    return new UUID(
        timeAndVersion | (random.getMostSignificantBits() & 0x0FFF),
        random.getLeastSignificantBits());
  }
}
