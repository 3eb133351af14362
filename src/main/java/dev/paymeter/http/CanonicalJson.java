package dev.paymeter.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Canonical JSON: sorted names, no white space, numbers by value. Equal bodies have equal text. It
 * differs from RFC 8785, which has binary numbers: here {@code 10.00} and {@code 1e1} are both
 * {@code 10}, and no digit is lost.
 */
public final class CanonicalJson {
  /** Numbers with more digits keep their exponent: {@code 1e1000000} would need a megabyte. */
  private static final int MAX_PLAIN_DIGITS = 100;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .addModule(new SimpleModule().addSerializer(Number.class, new ShortestNumber()))
          .build();

  private CanonicalJson() {}

  /** Returns the SHA-256 of the canonical form, in hexadecimal. */
  public static String fingerprint(JsonObject json) {
    try {
      byte[] text = write(json).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every Java platform provides SHA-256.
    }
  }

  /**
   * Returns the canonical form.
   *
   * @param json as it was read from text
   */
  public static String write(JsonObject json) {
    try {
      return MAPPER.writeValueAsString(json.getMap());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // It was read from JSON.
    }
  }

  private static final class ShortestNumber extends JsonSerializer<Number> {
    @Override
    public void serialize(Number number, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      BigDecimal shortest = new BigDecimal(number.toString()).stripTrailingZeros();
      json.writeNumber(
          Math.abs((long) shortest.precision() - shortest.scale()) > MAX_PLAIN_DIGITS
              ? shortest.toString()
              : shortest.toPlainString());
    }
  }
}
