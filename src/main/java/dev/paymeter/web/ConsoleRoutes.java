package dev.paymeter.web;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/** The console: a page, all that it needs, and its events. */
final class ConsoleRoutes {
  static final String ROOT = "/console/";

  /** The webjar's files lie under its version. */
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

  /** Nothing from elsewhere, nothing inline: an order id can never become a script. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final Map<String, Asset> ASSETS =
      Map.of(
          "", new Asset("/console/index.html", "text/html; charset=utf-8"),
          "console.css", new Asset("/console/console.css", "text/css; charset=utf-8"),
          "console.js", new Asset("/console/console.js", "text/javascript; charset=utf-8"),
          "icon.svg", new Asset("/console/icon.svg", "image/svg+xml"),
          "uplot.css", new Asset(UPLOT + "uPlot.min.css", "text/css; charset=utf-8"),
          "uplot.js", new Asset(UPLOT + "uPlot.iife.min.js", "text/javascript; charset=utf-8"));

  private ConsoleRoutes() {}

  private record Asset(String resource, String contentType) {
    Buffer read() {
      try (InputStream in = ConsoleRoutes.class.getResourceAsStream(resource)) {
        if (in == null) {
          throw new IllegalStateException(resource + " is missing from the program");
        }
        return Buffer.buffer(in.readAllBytes());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Reads the files once: they are few and small. */
  static void add(Router router, ConsoleViewers viewers) {
    router.route(ROOT + "*").handler(ConsoleRoutes::protect);
    ASSETS.forEach(
        (name, asset) -> {
          Buffer content = asset.read();
          ManagementVerticle.read(
              router,
              ROOT + name,
              request -> Answers.send(request, 200, asset.contentType(), content));
        });
    router.get(ROOT + "events").handler(viewers::add);
    router.route(ROOT + "events").handler(request -> Answers.refuseMethod(request, "GET"));
    ManagementVerticle.read(router, "/", ConsoleRoutes::redirect);
    ManagementVerticle.read(router, "/console", ConsoleRoutes::redirect);
  }

  private static void protect(RoutingContext request) {
    request
        .response()
        .putHeader("Content-Security-Policy", POLICY)
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
    request.next();
  }

  private static void redirect(RoutingContext request) {
    request.response().setStatusCode(302).putHeader(HttpHeaders.LOCATION, ROOT).end();
  }
}
