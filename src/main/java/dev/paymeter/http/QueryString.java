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
 * Decodes the parameters of a query (application/x-www-form-urlencoded) without guessing: what is
 * no UTF-8, or no escape, is an error, not another text.
 */
public final class QueryString {
  private static final Pattern MALFORMED = Pattern.compile("%(?![0-9A-Fa-f]{2})");

  private QueryString() {}

  /**
   * Returns each parameter with all its values, in their order.
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
      throw malformed("The query has a % without two hexadecimal digits behind it.");
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
