package dev.paymeter.http.management;

import dev.paymeter.http.Routes;
import dev.paymeter.http.StaticFile;
import java.util.Map;

/** Routes of the console: its page, the page's files, and its events. */
final class ConsoleRoutes {
  static final String ROOT = "/console/";

  /** The path of a webjar includes its version. */
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

  private ConsoleRoutes() {}

  static void add(Routes routes, ConsoleEventStream eventStream) {
    routes
        .router()
        .route(ROOT + "*")
        .handler(
            request -> {
              StaticFile.addSecurityHeaders(request, StaticFile.CONTENT_SECURITY_POLICY);
              request.next();
            });
    Map.of(
            "", StaticFile.read("/console/index.html", StaticFile.HTML),
            "console.css", StaticFile.read("/console/console.css", StaticFile.CSS),
            "console.js", StaticFile.read("/console/console.js", StaticFile.JAVASCRIPT),
            "icon.svg", StaticFile.read("/console/icon.svg", StaticFile.SVG),
            "uplot.css", StaticFile.read(UPLOT + "uPlot.min.css", StaticFile.CSS),
            "uplot.js", StaticFile.read(UPLOT + "uPlot.iife.min.js", StaticFile.JAVASCRIPT))
        .forEach((name, file) -> routes.readOnly(ROOT + name, file::respond));
    routes.router().get(ROOT + "events").handler(eventStream::add);
    routes.rejectOthers(ROOT + "events", "GET");
    routes.readOnly("/", request -> StaticFile.redirect(request, ROOT));
    routes.readOnly("/console", request -> StaticFile.redirect(request, ROOT));
  }
}
