package dev.paymeter.http;

import dev.paymeter.security.RateLimiter;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * Handler that limits the requests of each key, or of each merchant if keys are bound to one. The
 * response headers {@code RateLimit-Policy} and {@code RateLimit}
 * (draft-ietf-httpapi-ratelimit-headers-10) report the remaining quota. Requests above the limit
 * are answered with 429.
 *
 * @param limits null for no limit
 */
public record RateLimitHandler(@Nullable RateLimiter limits) implements Handler<RoutingContext> {
  private static final String POLICY = "default";

  @Override
  public void handle(RoutingContext request) {
    if (limits == null) {
      request.next();
      return;
    }
    RateLimiter.Quota quota = limits.take(ApiKeyAuthHandler.credential(request));
    request
        .response()
        .putHeader("RateLimit-Policy", item("q", limits.burst(), "w", limits.secondsToFill()))
        .putHeader("RateLimit", item("r", quota.remaining(), "t", quota.secondsUntilFull()));
    if (quota.isAllowed()) {
      request.next();
    } else {
      request.response().putHeader(HttpHeaders.RETRY_AFTER, Long.toString(quota.secondsUntilOne()));
      Problem.rateLimited(POLICY).respond(request);
    }
  }

  private static String item(String one, long value, String other, long otherValue) {
    return '"' + POLICY + "\";" + one + '=' + value + ';' + other + '=' + otherValue;
  }
}
