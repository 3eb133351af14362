package dev.paymeter.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.paymeter.json.ActualValue;
import dev.paymeter.security.CardNumberDetector;
import dev.paymeter.security.CardNumberJsonScanner;
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
 * Strict decoder of one JSON object: UTF-8 only (RFC 8259, section 8.1), no duplicate names,
 * nothing after the object, exact numbers. Rejects card numbers.
 */
public final class StrictJsonParser {
  private static final int MAX_NESTING_DEPTH = 32;
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING_DEPTH).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private StrictJsonParser() {}

  /** Decodes the body of a request that has passed a body handler. */
  public static JsonObject body(RoutingContext request) {
    return object(bytes(request));
  }

  static Buffer bytes(RoutingContext request) {
    Buffer bytes = request.body().buffer();
    return bytes == null ? Buffer.buffer() : bytes;
  }

  /**
   * Decodes an object.
   *
   * @throws ProblemException if the bytes are not a JSON object or contain a card number
   */
  static JsonObject object(Buffer bytes) {
    String text = utf8(bytes);
    if (text.isBlank()) {
      throw malformed(
          "Expected a JSON object, found %s."
              .formatted(text.isEmpty() ? "an empty body" : "only white space"));
    }
    try {
      return asObject(MAPPER.readValue(text, Object.class));
    } catch (JsonProcessingException e) {
      rejectCardNumber(
          Optional.of("body").filter(in -> CardNumberDetector.containsCardNumber(text)));
      throw malformed(fault(e) + place(e.getLocation()) + ".");
    } catch (NumberFormatException e) { // Jackson throws it for a huge exponent.
      throw malformed("The body is not a JSON object: a number is out of range.");
    }
  }

  private static JsonObject asObject(@Nullable Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      throw malformed("Expected a JSON object, found " + kind(value) + ".");
    }
    @SuppressWarnings("unchecked") // Names in JSON are strings.
    JsonObject object = new JsonObject((Map<String, Object>) map);
    rejectCardNumber(CardNumberJsonScanner.find(object));
    return object;
  }

  /** Describes an error. Jackson's messages quote the input and name Java classes. */
  private static String fault(JsonProcessingException e) {
    String message = String.valueOf(e.getOriginalMessage());
    if (e instanceof StreamConstraintsException) {
      return message.contains("depth")
          ? "Expected at most " + MAX_NESTING_DEPTH + " levels of nesting, found more"
          : "A number or a string is too long";
    }
    if (e instanceof JsonEOFException) {
      return "The body ends within the JSON object";
    }
    if (e instanceof MismatchedInputException) { // Of the databinding: the object itself is valid.
      return "Expected nothing after the JSON object, found more";
    }
    // There is no exception of its own for duplicate names.
    return e.getProcessor() instanceof JsonParser parser && message.startsWith("Duplicate field")
        ? "The field %s is repeated"
            .formatted(ActualValue.describe(parser.getParsingContext().getCurrentName()))
        : "The body is not a JSON object";
  }

  /**
   * Rejects a request with a card number.
   *
   * @throws ProblemException if {@code where}, the place of the number, is present
   */
  public static void rejectCardNumber(Optional<String> where) {
    if (where.isPresent()) {
      throw new ProblemException(Problem.cardNumber(where.get()));
    }
  }

  /** Decodes the bytes, without a byte order mark (RFC 8259, section 8.1, allows to ignore it). */
  private static String utf8(Buffer bytes) {
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.getBytes())).toString();
      return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw malformed("The body is not valid UTF-8.");
    }
  }

  private static String place(@Nullable JsonLocation location) {
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
        : value instanceof Boolean ? "a boolean" : "a number";
  }

  private static ProblemException malformed(String detail) {
    return new ProblemException(Problem.malformed(detail));
  }
}
