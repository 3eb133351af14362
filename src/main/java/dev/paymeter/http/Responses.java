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
  public static final String JSON = "application/json";
  public static final String GZIP = "gzip";

  private Responses() {}

  /** Sends a response. Succeeds when it is written to the network. */
  public static Future<Void> send(
      RoutingContext request, int status, String contentType, Buffer body) {
    AuditTrail.end(request, status);
    HttpServerResponse response =
        request
            .response()
            .setStatusCode(status)
            .putHeader(HttpHeaders.CONTENT_TYPE, contentType)
            .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
    // Over HTTP/2, Vert.x would send the body of a HEAD response.
    return request.request().method().equals(HttpMethod.HEAD) ? response.end() : response.end(body);
  }

  /**
   * Sends a successful response, compressed if the client accepts it (RFC 9110, section 12.5.3).
   */
  public static void sendCompressible(
      RoutingContext request, String contentType, Compressible body) {
    request.response().putHeader(HttpHeaders.VARY, "Accept-Encoding");
    if (acceptsGzip(request)) {
      request.response().putHeader(HttpHeaders.CONTENT_ENCODING, GZIP);
      send(request, 200, contentType, body.gzip());
    } else {
      send(request, 200, contentType, body.plain());
    }
  }

  /** Returns whether the client accepts a body that is compressed with gzip. */
  public static boolean acceptsGzip(RoutingContext request) {
    return request.parsedHeaders().acceptEncoding().stream()
        .anyMatch(encoding -> encoding.value().equals(GZIP) && encoding.weight() > 0);
  }

  public static void sendJson(RoutingContext request, int status, JsonObject json) {
    send(request, status, JSON, json.toBuffer());
  }
}
