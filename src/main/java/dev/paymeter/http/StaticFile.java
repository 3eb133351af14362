package dev.paymeter.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Static file from the class path, for example a page or its script. */
public record StaticFile(String contentType, Compressible body) {
  public static final String CSS = "text/css; charset=utf-8";
  public static final String HTML = "text/html; charset=utf-8";
  public static final String JAVASCRIPT = "text/javascript; charset=utf-8";
  public static final String SVG = "image/svg+xml";

  /** Allows no foreign and no inline content: an order id can never run as a script. */
  public static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /**
   * Reads a file into memory.
   *
   * @param resource the absolute name on the class path
   */
  public static StaticFile read(String resource, String contentType) {
    try (InputStream in = StaticFile.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " is missing from the class path");
      }
      return of(contentType, Buffer.buffer(in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static StaticFile of(String contentType, Buffer content) {
    return new StaticFile(contentType, Compressible.of(content));
  }

  /** Returns the content, which must not be modified. */
  public Buffer content() {
    return body.plain();
  }

  public void respond(RoutingContext request) {
    Responses.send(request, 200, contentType, body.plain());
  }

  /** Responds compressed if the client accepts it. */
  public void respondCompressible(RoutingContext request) {
    Responses.sendCompressible(request, contentType, body);
  }

  /** Adds the security headers of pages and their files. */
  public static void addSecurityHeaders(RoutingContext request, String policy) {
    request
        .response()
        .putHeader("Content-Security-Policy", policy)
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
  }

  public static void redirect(RoutingContext request, String path) {
    request.response().setStatusCode(302).putHeader(HttpHeaders.LOCATION, path).end();
  }
}
