package dev.paymeter.http;

import dev.paymeter.security.CardNumberDetector;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests that have a card number in their target or their headers, before anybody else
 * looks at these. Bodies are searched where they are read: {@link StrictJsonParser}.
 */
public final class CardNumberFilter {
  /** Numbers of traces are random, many of them decimal; none of them is kept but W3C's. */
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
    String where = find(request.request());
    if (where == null) {
      request.next();
    } else {
      Problem.cardNumber(where).answer(request);
    }
  }

  private static @Nullable String find(HttpServerRequest request) {
    if (CardNumberDetector.isIn(request.method().name())) {
      return "the method";
    }
    if (CardNumberDetector.isInUri(request.uri())) {
      return "the path or the query";
    }
    if (request.authority() != null && CardNumberDetector.isInUri(request.authority().toString())) {
      return "the host";
    }
    return inHeaders(request.headers()).orElse(null);
  }

  /** In which header, or part of one, of a request or a message there is one. */
  public static Optional<String> inHeaders(MultiMap headers) {
    for (Map.Entry<String, String> header : headers) {
      String name = header.getKey();
      if (CardNumberDetector.isIn(name)) {
        return Optional.of("a header's name");
      }
      if (!TRACE_HEADERS.contains(name.toLowerCase(Locale.ROOT))
          && CardNumberDetector.isInUri(header.getValue())) {
        return Optional.of("the header " + name);
      }
    }
    return Optional.empty();
  }
}
