package dev.paymeter.http.management;

import dev.paymeter.http.Answers;
import dev.paymeter.http.PageFile;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** The console: a page, all that it needs, and its events. */
final class ConsoleRoutes {
  static final String ROOT = "/console/";

  /** The webjar's files lie under its version. */
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

  private ConsoleRoutes() {}

  private static Map<String, PageFile> files() {
    return Map.of(
        "", PageFile.read("/console/index.html", PageFile.HTML),
        "console.css", PageFile.read("/console/console.css", PageFile.CSS),
        "console.js", PageFile.read("/console/console.js", PageFile.JAVASCRIPT),
        "icon.svg", PageFile.read("/console/icon.svg", PageFile.SVG),
        "uplot.css", PageFile.read(UPLOT + "uPlot.min.css", PageFile.CSS),
        "uplot.js", PageFile.read(UPLOT + "uPlot.iife.min.js", PageFile.JAVASCRIPT));
  }

  static void add(Router router, ConsoleViewers viewers) {
    router.route(ROOT + "*").handler(ConsoleRoutes::protect);
    files().forEach((name, file) -> ManagementVerticle.read(router, ROOT + name, file::answer));
    router.get(ROOT + "events").handler(viewers::add);
    router.route(ROOT + "events").handler(request -> Answers.refuseMethod(request, "GET"));
    ManagementVerticle.read(router, "/", request -> PageFile.redirect(request, ROOT));
    ManagementVerticle.read(router, "/console", request -> PageFile.redirect(request, ROOT));
  }

  private static void protect(RoutingContext request) {
    PageFile.protect(request, PageFile.POLICY);
    request.next();
  }
}
