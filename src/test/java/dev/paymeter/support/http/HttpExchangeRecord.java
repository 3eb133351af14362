package dev.paymeter.support.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request and its response.
 *
 * @param method in capitals
 * @param target path and query, as sent
 * @param answerHeaders without the pseudo-headers of HTTP/2
 */
public record HttpExchangeRecord(
    String method,
    String target,
    Map<String, List<String>> headers,
    byte[] body,
    int status,
    Map<String, List<String>> answerHeaders,
    byte[] answerBody) {
  String path() {
    return target.split("\\?", 2)[0];
  }

  /** Returns null if there is no query. */
  String query() {
    String[] parts = target.split("\\?", 2);
    return parts.length == 2 ? parts[1] : null;
  }

  List<String> header(String name) {
    return find(headers, name);
  }

  List<String> answerHeader(String name) {
    return find(answerHeaders, name);
  }

  /** Returns the media type without its parameters. */
  String answerType() {
    return answerHeader("Content-Type").stream()
        .findFirst()
        .map(type -> type.split(";", 2)[0])
        .orElse("");
  }

  String answerText() {
    return new String(answerBody, UTF_8);
  }

  private static List<String> find(Map<String, List<String>> headers, String name) {
    return headers.entrySet().stream()
        .filter(header -> header.getKey().equalsIgnoreCase(name))
        .flatMap(header -> header.getValue().stream())
        .toList();
  }

  @Override
  public String toString() {
    return method
        + " "
        + target
        + Optional.of(new String(body, UTF_8))
            .filter(text -> !text.isEmpty())
            .map(" "::concat)
            .orElse("")
        + " => "
        + status
        + " "
        + answerHeaders
        + " "
        + answerText();
  }
}
