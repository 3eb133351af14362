package dev.paymeter.http;

import dev.paymeter.security.CardNumberDetector;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Filter that rejects requests with a card number in the target or the headers. It precedes all
 * handlers that log or store these. {@link StrictJsonParser} searches the bodies.
 */
public final class CardNumberFilter {
  /** Random trace ids can look like card numbers; of these headers, only W3C's are stored. */
  private static final Set<String> TRACE_HEADERS =
      Set.of(
          "traceparent",
          "tracestate",
          "b3",
          "x-b3-traceid",
          "x-b3-spanid",
          "x-b3-parentspanid",
          "x-amzn-trace-id",
          "x-cloud-trace-context",
          "x-datadog-trace-id",
          "x-datadog-parent-id",
          "uber-trace-id");

  private CardNumberFilter() {}

  public static void check(RoutingContext request) {
    find(request.request())
        .ifPresentOrElse(place -> Problem.cardNumber(place).respond(request), request::next);
  }

  private static Optional<String> find(HttpServerRequest request) {
    if (CardNumberDetector.containsCardNumber(request.method().name())) {
      return Optional.of("the method");
    }
    if (CardNumberDetector.uriContainsCardNumber(request.uri())) {
      return Optional.of("the path or the query");
    }
    if (request.authority() != null
        && CardNumberDetector.uriContainsCardNumber(request.authority().toString())) {
      return Optional.of("the host");
    }
    return findInHeaders(request.headers());
  }

  /** Returns the header of a request or message that contains a card number. */
  public static Optional<String> findInHeaders(MultiMap headers) {
    for (Map.Entry<String, String> header : headers) {
      String name = header.getKey();
      if (CardNumberDetector.containsCardNumber(name)) {
        return Optional.of("a header's name");
      }
      if (!TRACE_HEADERS.contains(name.toLowerCase(Locale.ROOT))
          && CardNumberDetector.uriContainsCardNumber(header.getValue())) {
        return Optional.of("the header " + name);
      }
    }
    return Optional.empty();
  }
}
