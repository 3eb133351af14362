package dev.paymeter.http;

import dev.paymeter.security.RateLimiter;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * Lets each key send so many requests, and tells it how many are left: {@code RateLimit-Policy} and
 * {@code RateLimit}, structured fields after draft-ietf-httpapi-ratelimit-headers-10. What has no
 * token is answered with 429.
 */
public final class RateLimitHandler implements Handler<RoutingContext> {
  private static final String POLICY = "default";

  private final @Nullable RateLimiter limits;

  /**
   * @param limits null for none
   */
  public RateLimitHandler(@Nullable RateLimiter limits) {
    this.limits = limits;
  }

  @Override
  public void handle(RoutingContext request) {
    if (limits == null) {
      request.next();
      return;
    }
    RateLimiter.Quota quota = limits.take(ApiKeyAuthHandler.credential(request));
    request
        .response()
        .putHeader("RateLimit-Policy", item("q", limits.burst(), "w", limits.window()))
        .putHeader("RateLimit", item("r", quota.remaining(), "t", quota.secondsUntilFull()));
    if (quota.taken()) {
      request.next();
    } else {
      request.response().putHeader(HttpHeaders.RETRY_AFTER, Long.toString(quota.secondsUntilOne()));
      Problem.rateLimited(POLICY).answer(request);
    }
  }

  private static String item(String one, long value, String other, long otherValue) {
    return '"' + POLICY + "\";" + one + '=' + value + ';' + other + '=' + otherValue;
  }
}
