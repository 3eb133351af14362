package dev.paymeter.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage.Position;
import io.vertx.core.json.JsonArray;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/**
 * Where a list goes on, as clients carry it around: a version, the place, and a sum over both and
 * the filter, so that a cursor that was cut off, or came from another list, is not taken for one of
 * this. It hides nothing, and whoever makes one up sees no more than with none.
 */
final class PageCursor {
  private static final byte VERSION = 1;
  private static final int PLACE = 1 + 3 * Long.BYTES;
  private static final int SUM = 8;
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  /** Microseconds from 1970 within which a database has times: some 2,000 years. */
  private static final long FARTHEST = 62_000_000_000_000_000L;

  private PageCursor() {}

  static String write(Position place, PaymentFilter filter) {
    return write(place, canonical(filter));
  }

  /**
   * @param list tells the list from all others
   */
  static String write(Position place, String list) {
    byte[] bytes =
        ByteBuffer.allocate(PLACE + SUM)
            .put(VERSION)
            .putLong(micros(place.createdAt()))
            .putLong(place.id().getMostSignificantBits())
            .putLong(place.id().getLeastSignificantBits())
            .array();
    System.arraycopy(sum(bytes, list), 0, bytes, PLACE, SUM);
    return ENCODER.encodeToString(bytes);
  }

  /** Empty for anything that {@link #write} has not made for this filter. */
  static Optional<Position> read(String text, PaymentFilter filter) {
    return read(text, canonical(filter));
  }

  /** The same of any list. */
  static Optional<Position> read(String text, String list) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    if (bytes.length != PLACE + SUM
        || bytes[0] != VERSION
        || !Arrays.equals(bytes, PLACE, PLACE + SUM, sum(bytes, list), 0, SUM)
        || !ENCODER.encodeToString(bytes).equals(text)) {
      return Optional.empty();
    }
    ByteBuffer place = ByteBuffer.wrap(bytes, 1, PLACE - 1);
    long micros = place.getLong();
    if (Math.abs(micros) > FARTHEST) {
      return Optional.empty(); // Of somebody who knows how sums are made.
    }
    return Optional.of(
        new Position(
            Instant.EPOCH.plus(micros, ChronoUnit.MICROS),
            new UUID(place.getLong(), place.getLong())));
  }

  /** Instant's own would go through nanoseconds, which are too many after 292 years. */
  private static long micros(Instant instant) {
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1000);
  }

  private static byte[] sum(byte[] bytes, String list) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes, 0, PLACE);
      digest.update(list.getBytes(UTF_8));
      return Arrays.copyOf(digest.digest(), SUM);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static String canonical(PaymentFilter filter) {
    JsonArray parts = new JsonArray();
    parts.add(filter.status() == null ? null : filter.status().label());
    parts.add(filter.gateway()).add(filter.tier()).add(filter.orderId()).add(filter.userId());
    parts.add(filter.createdSince()).add(filter.createdBefore());
    return parts.encode();
  }
}
