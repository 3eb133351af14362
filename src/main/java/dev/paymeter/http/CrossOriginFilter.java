package dev.paymeter.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Filter against cross-site request forgery, for the operators' routes: browsers add the password
 * of Basic authentication to requests of any page, and this machine may need none. Requests that
 * change something are rejected if a page of another origin sent them. Browsers state that in
 * {@code Sec-Fetch-Site} (W3C Fetch Metadata), and, without a secure context, in {@code Origin}
 * (WHATWG Fetch). Other clients send neither, and pass.
 */
public final class CrossOriginFilter implements Handler<RoutingContext> {
  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
  private static final String SITE = "Sec-Fetch-Site";

  @Override
  public void handle(RoutingContext request) {
    Optional<String> foreign = foreignOrigin(request.request());
    if (SAFE.contains(request.request().method()) || foreign.isEmpty()) {
      request.next();
    } else {
      Problem.crossOrigin(foreign.get()).respond(request);
    }
  }

  /** Returns a description of the page that sent the request; empty if it is of this origin. */
  private static Optional<String> foreignOrigin(HttpServerRequest request) {
    String site = request.getHeader(SITE);
    if (site != null) {
      boolean isOwn = site.equals("same-origin") || site.equals("none");
      return isOwn ? Optional.empty() : Optional.of(SITE + ": " + site);
    }
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    return origin == null || authority(origin).equals(request.getHeader(HttpHeaders.HOST))
        ? Optional.empty()
        : Optional.of("Origin: " + origin);
  }

  /** Returns host and port, as in {@code Host}; empty if the origin has none. */
  private static String authority(String origin) {
    try {
      @Nullable String authority = URI.create(origin).getRawAuthority();
      return authority == null ? "" : authority;
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
