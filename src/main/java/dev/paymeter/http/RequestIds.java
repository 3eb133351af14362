package dev.paymeter.http;

import dev.paymeter.security.RequestIdPolicy;
import io.vertx.ext.web.RoutingContext;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The name of a request in log and answer: the client's, where it gave a decent one, or ours. */
public final class RequestIds {
  static final String HEADER = "X-Request-Id";
  private static final String KEY = RequestIds.class.getName();

  private RequestIds() {}

  /** A handler that comes before all others. */
  public static void assign(RoutingContext request) {
    String id = choose(request.request().getHeader(HEADER));
    request.put(KEY, id);
    request.response().putHeader(HEADER, id);
    request.next();
  }

  /** Returns the id that a client gave, if it is valid, and else a new one. */
  public static String choose(@Nullable String given) {
    return given != null && RequestIdPolicy.isDecent(given) ? given : UUID.randomUUID().toString();
  }

  public static String of(RoutingContext request) {
    return request.get(KEY);
  }
}
