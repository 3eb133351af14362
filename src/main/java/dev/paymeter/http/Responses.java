package dev.paymeter.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

/** Writer of responses. */
public final class Responses {
  public static final String JSON = "application/json";

  private Responses() {}

  /** Sends a response. Succeeds when it is written to the network. */
  public static Future<Void> send(
      RoutingContext request, int status, String contentType, Buffer body) {
    HttpServerResponse response =
        request
            .response()
            .setStatusCode(status)
            .putHeader(HttpHeaders.CONTENT_TYPE, contentType)
            .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
    // Over HTTP/2, Vert.x would send the body of a HEAD response.
    return request.request().method().equals(HttpMethod.HEAD) ? response.end() : response.end(body);
  }

  /** Rejects the method, with the allowed ones in {@code Allow}. */
  public static void rejectMethod(RoutingContext request, String allowed) {
    request.response().putHeader(HttpHeaders.ALLOW, allowed);
    Problem.methodNotAllowed(request.request().method().name()).respond(request);
  }
}
