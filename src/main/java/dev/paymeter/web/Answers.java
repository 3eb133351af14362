package dev.paymeter.web;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

/** How every answer with a body leaves. */
final class Answers {
  private Answers() {}

  static void send(RoutingContext request, int status, String contentType, Buffer body) {
    HttpServerResponse response =
        request
            .response()
            .setStatusCode(status)
            .putHeader(HttpHeaders.CONTENT_TYPE, contentType)
            .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
    if (request.request().method().equals(HttpMethod.HEAD)) {
      response.end(); // Over HTTP/2 Vert.x would send the body all the same.
    } else {
      response.end(body);
    }
  }
}
