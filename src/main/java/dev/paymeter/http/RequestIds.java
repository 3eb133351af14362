package dev.paymeter.http;

import dev.paymeter.security.RequestIdPolicy;
import io.vertx.ext.web.RoutingContext;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Request ids for logs and responses: the client's id if it is valid, otherwise a new one. */
public final class RequestIds {
  static final String HEADER = "X-Request-Id";
  private static final String KEY = RequestIds.class.getName();

  private RequestIds() {}

  /** Assigns an id. Must be the first handler that logs or responds. */
  public static void assign(RoutingContext request) {
    String id = choose(request.request().getHeader(HEADER));
    request.put(KEY, id);
    request.response().putHeader(HEADER, id);
    request.next();
  }

  /** Returns the id of the client if it is valid, otherwise a new one. */
  public static String choose(@Nullable String given) {
    return given != null && RequestIdPolicy.isValid(given) ? given : UUID.randomUUID().toString();
  }

  public static String of(RoutingContext request) {
    return request.get(KEY);
  }
}
