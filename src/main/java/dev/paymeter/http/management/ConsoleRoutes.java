package dev.paymeter.http.management;

import dev.paymeter.http.Responses;
import dev.paymeter.http.StaticFile;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** Routes of the console: its page, the page's files, and its events. */
final class ConsoleRoutes {
  static final String ROOT = "/console/";

  /** The path of a webjar includes its version. */
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

  private ConsoleRoutes() {}

  private static Map<String, StaticFile> files() {
    return Map.of(
        "", StaticFile.read("/console/index.html", StaticFile.HTML),
        "console.css", StaticFile.read("/console/console.css", StaticFile.CSS),
        "console.js", StaticFile.read("/console/console.js", StaticFile.JAVASCRIPT),
        "icon.svg", StaticFile.read("/console/icon.svg", StaticFile.SVG),
        "uplot.css", StaticFile.read(UPLOT + "uPlot.min.css", StaticFile.CSS),
        "uplot.js", StaticFile.read(UPLOT + "uPlot.iife.min.js", StaticFile.JAVASCRIPT));
  }

  static void add(Router router, ConsoleEventStream eventStream) {
    router.route(ROOT + "*").handler(ConsoleRoutes::addSecurityHeaders);
    files()
        .forEach(
            (name, file) -> ManagementVerticle.addReadRoute(router, ROOT + name, file::respond));
    router.get(ROOT + "events").handler(eventStream::add);
    router.route(ROOT + "events").handler(request -> Responses.rejectMethod(request, "GET"));
    ManagementVerticle.addReadRoute(router, "/", request -> StaticFile.redirect(request, ROOT));
    ManagementVerticle.addReadRoute(
        router, "/console", request -> StaticFile.redirect(request, ROOT));
  }

  private static void addSecurityHeaders(RoutingContext request) {
    StaticFile.addSecurityHeaders(request, StaticFile.CONTENT_SECURITY_POLICY);
    request.next();
  }
}
