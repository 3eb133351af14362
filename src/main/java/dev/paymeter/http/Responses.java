package dev.paymeter.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/** Writer of responses. */
public final class Responses {
  static final String JSON = "application/json";

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

  public static void sendJson(RoutingContext request, int status, JsonObject json) {
    send(request, status, JSON, json.toBuffer());
  }
}
