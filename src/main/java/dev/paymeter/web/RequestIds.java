package dev.paymeter.web;

import io.vertx.ext.web.RoutingContext;
import java.util.UUID;
import java.util.regex.Pattern;

/** The name of a request in log and answer: the client's, where it gave a decent one, or ours. */
final class RequestIds {
  static final String HEADER = "X-Request-Id";
  private static final String KEY = RequestIds.class.getName();
  private static final Pattern DECENT = Pattern.compile("[A-Za-z0-9._~-]{1,64}");

  private RequestIds() {}

  /** A handler that comes before all others. */
  static void assign(RoutingContext request) {
    String given = request.request().getHeader(HEADER);
    String id =
        given != null && DECENT.matcher(given).matches() ? given : UUID.randomUUID().toString();
    request.put(KEY, id);
    request.response().putHeader(HEADER, id);
    request.next();
  }

  static String of(RoutingContext request) {
    return request.get(KEY);
  }
}
