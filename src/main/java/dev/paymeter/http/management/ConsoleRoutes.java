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
    router.route(ROOT + "*").handler(ConsoleRoutes::protect);
    files().forEach((name, file) -> ManagementVerticle.read(router, ROOT + name, file::answer));
    router.get(ROOT + "events").handler(eventStream::add);
    router.route(ROOT + "events").handler(request -> Responses.refuseMethod(request, "GET"));
    ManagementVerticle.read(router, "/", request -> StaticFile.redirect(request, ROOT));
    ManagementVerticle.read(router, "/console", request -> StaticFile.redirect(request, ROOT));
  }

  private static void protect(RoutingContext request) {
    StaticFile.protect(request, StaticFile.POLICY);
    request.next();
  }
}
