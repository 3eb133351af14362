package dev.paymeter.http;

import dev.paymeter.security.PercentEncoding;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Strict decoder of query parameters (application/x-www-form-urlencoded): invalid UTF-8 and invalid
 * escapes are errors.
 */
public final class QueryString {
  private static final Pattern MALFORMED = Pattern.compile("%(?![0-9A-Fa-f]{2})");

  private QueryString() {}

  /**
   * Returns each parameter with its values, in order.
   *
   * @throws ProblemException if the query is malformed
   */
  public static Map<String, List<String>> parse(@Nullable String query) {
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    if (query == null) {
      return parameters;
    }
    for (String pair : query.split("&", -1)) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        String name = decode(equals < 0 ? pair : pair.substring(0, equals));
        String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
        parameters.computeIfAbsent(name, first -> new ArrayList<>()).add(value);
      }
    }
    return parameters;
  }

  private static String decode(String text) {
    if (MALFORMED.matcher(text).find()) {
      throw malformed(
          "Expected two hexadecimal digits after each % of the query, found something else.");
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(PercentEncoding.decode(text)))
          .toString();
    } catch (CharacterCodingException e) {
      throw malformed("The query is not valid UTF-8.");
    }
  }

  private static ProblemException malformed(String detail) {
    return new ProblemException(Problem.malformedQuery(detail));
  }
}
