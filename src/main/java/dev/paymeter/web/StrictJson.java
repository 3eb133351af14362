package dev.paymeter.web;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.paymeter.security.CardNumbers;
import dev.paymeter.security.CardSearch;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decodes one JSON object from bytes, without guessing: UTF-8 only (RFC 8259, section 8.1), no name
 * twice, nothing behind the object, numbers exactly as written.
 */
final class StrictJson {
  private static final int DEEPEST_NESTING = 32;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEEPEST_NESTING).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private StrictJson() {}

  /** Bytes that are no JSON object, or have a card number in them; the problem says where. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Problem problem;

    MalformedException(String message) {
      this(Problem.malformed(message));
    }

    private MalformedException(Problem problem) {
      super(problem.detail(), null, false, false);
      this.problem = problem;
    }

    String reason() {
      return problem.detail();
    }

    Problem problem() {
      return problem;
    }
  }

  /** A request's body, as its body handler left it. */
  static JsonObject body(RoutingContext request) throws MalformedException {
    return object(bytes(request));
  }

  static Buffer bytes(RoutingContext request) {
    Buffer bytes = request.body().buffer();
    return bytes == null ? Buffer.buffer() : bytes;
  }

  static JsonObject object(Buffer bytes) throws MalformedException {
    String text = utf8(bytes);
    try {
      Object value = MAPPER.readValue(text, Object.class);
      if (value instanceof Map<?, ?> map) {
        @SuppressWarnings("unchecked") // JSON's names are strings.
        Map<String, Object> object = (Map<String, Object>) map;
        return withoutCardNumbers(new JsonObject(object));
      }
      throw new MalformedException("Wanted a JSON object, found " + kind(value) + ".");
    } catch (JsonProcessingException e) {
      refuseCardNumber(CardNumbers.isIn(text) ? Optional.of("body") : Optional.empty());
      throw new MalformedException("The body is not a JSON object" + where(e.getLocation()) + ".");
    } catch (NumberFormatException e) { // Jackson lets it through for an absurd exponent.
      throw new MalformedException("The body is not a JSON object: a number is out of range.");
    }
  }

  private static JsonObject withoutCardNumbers(JsonObject json) throws MalformedException {
    refuseCardNumber(CardSearch.find(json));
    return json;
  }

  private static void refuseCardNumber(Optional<String> where) throws MalformedException {
    if (where.isPresent()) {
      throw new MalformedException(Problem.cardNumber(where.get()));
    }
  }

  private static String utf8(Buffer bytes) throws MalformedException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.getBytes()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException("The body is not valid UTF-8.");
    }
  }

  /** Jackson's own messages quote the input and name its classes: neither is for clients. */
  private static String where(@Nullable JsonLocation location) {
    return location == null
        ? ""
        : ": line " + location.getLineNr() + ", column " + location.getColumnNr();
  }

  private static String kind(@Nullable Object value) {
    if (value == null) {
      return "null";
    }
    if (value instanceof Iterable) {
      return "an array";
    }
    return value instanceof String
        ? "a string"
        : value instanceof Boolean ? "a truth value" : "a number";
  }
}
