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
 * @param responseHeaders without the pseudo-headers of HTTP/2
 */
public record HttpExchangeRecord(
    String method,
    String target,
    Map<String, List<String>> headers,
    byte[] body,
    int status,
    Map<String, List<String>> responseHeaders,
    byte[] responseBody) {
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

  List<String> responseHeader(String name) {
    return find(responseHeaders, name);
  }

  /** Returns the media type without its parameters. */
  String responseType() {
    return responseHeader("Content-Type").stream()
        .findFirst()
        .map(type -> type.split(";", 2)[0])
        .orElse("");
  }

  String responseText() {
    return new String(responseBody, UTF_8);
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
        + responseHeaders
        + " "
        + responseText();
  }
}
