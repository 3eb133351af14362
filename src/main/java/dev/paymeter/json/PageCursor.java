package dev.paymeter.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paymeter.payment.query.PaymentPage.Position;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Cursor of a page: a version, the position, and a checksum of both and the filter, which detects
 * truncated cursors and those of other lists. It is not secret; a forged one gives no further
 * access.
 */
final class PageCursor {
  private static final byte VERSION = 1;
  private static final int POSITION_END = 1 + 3 * Long.BYTES;
  private static final int SUM_LENGTH = 8;
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  /** Maximum distance from 1970 in microseconds: about 2,000 years. */
  private static final long MAX_MICROS = 62_000_000_000_000_000L;

  private PageCursor() {}

  /**
   * Writes a cursor.
   *
   * @param list identifies the list
   */
  static String write(Position position, String list) {
    byte[] bytes =
        ByteBuffer.allocate(POSITION_END + SUM_LENGTH)
            .put(VERSION)
            .putLong(micros(position.createdAt()))
            .putLong(position.id().getMostSignificantBits())
            .putLong(position.id().getLeastSignificantBits())
            .array();
    System.arraycopy(sum(bytes, list), 0, bytes, POSITION_END, SUM_LENGTH);
    return ENCODER.encodeToString(bytes);
  }

  /** Returns the position, or empty if the text is not a cursor of {@link #write} for the list. */
  static Optional<Position> read(String text, String list) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    if (bytes.length != POSITION_END + SUM_LENGTH
        || bytes[0] != VERSION
        || !Arrays.equals(
            bytes, POSITION_END, POSITION_END + SUM_LENGTH, sum(bytes, list), 0, SUM_LENGTH)
        || !ENCODER.encodeToString(bytes).equals(text)) {
      return Optional.empty();
    }
    ByteBuffer position = ByteBuffer.wrap(bytes, 1, POSITION_END - 1);
    long micros = position.getLong();
    if (Math.abs(micros) > MAX_MICROS) {
      return Optional.empty(); // Forged.
    }
    return Optional.of(
        new Position(
            Instant.EPOCH.plus(micros, ChronoUnit.MICROS),
            new UUID(position.getLong(), position.getLong())));
  }

  /** Returns microseconds since 1970, without overflow of nanoseconds after 292 years. */
  private static long micros(Instant instant) {
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1000);
  }

  private static byte[] sum(byte[] bytes, String list) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes, 0, POSITION_END);
      digest.update(list.getBytes(UTF_8));
      return Arrays.copyOf(digest.digest(), SUM_LENGTH);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is required in every JDK", e);
    }
  }

  /**
   * Writes a page of a list, with the cursor of the next page, if there is one.
   *
   * @param list identifies the list
   */
  static JsonObject page(List<JsonObject> data, Optional<Position> next, String list) {
    JsonObject json = new JsonObject().put("data", new JsonArray(data));
    next.ifPresent(position -> json.put("next", write(position, list)));
    return json;
  }
}
