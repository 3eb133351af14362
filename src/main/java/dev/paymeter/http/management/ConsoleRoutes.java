package dev.paymeter.http.management;

import dev.paymeter.http.Routes;
import dev.paymeter.http.StaticFile;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Routes of the console: its page, the page's files, and its events. */
final class ConsoleRoutes {
  static final String ROOT = "/console/";

  /** The path of a webjar includes its version. */
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

  static final List<String> STYLES = List.of("console.css", "payments.css");

  static final List<String> MODULES =
      List.of(
          "actions.js",
          "address.js",
          "charts.js",
          "connection.js",
          "differences.js",
          "dom.js",
          "figures.js",
          "format.js",
          "instances.js",
          "main.js",
          "payment-text.js",
          "payments.js",
          "record.js",
          "service.js",
          "status.js");

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
    files().forEach((name, file) -> routes.readOnly(ROOT + name, file::respondCompressible));
    routes.router().get(ROOT + "events").handler(eventStream::add);
    routes.rejectOthers(ROOT + "events", "GET");
    routes.readOnly("/", request -> StaticFile.redirect(request, ROOT));
    routes.readOnly("/console", request -> StaticFile.redirect(request, ROOT));
  }

  private static Map<String, StaticFile> files() {
    Map<String, StaticFile> files = new HashMap<>();
    files.put("", read("index.html", StaticFile.HTML));
    files.put("icon.svg", read("icon.svg", StaticFile.SVG));
    STYLES.forEach(style -> files.put(style, read(style, StaticFile.CSS)));
    MODULES.forEach(module -> files.put(module, read(module, StaticFile.JAVASCRIPT)));
    files.put("uplot.css", StaticFile.read(UPLOT + "uPlot.min.css", StaticFile.CSS));
    files.put("uplot.js", StaticFile.read(UPLOT + "uPlot.iife.min.js", StaticFile.JAVASCRIPT));
    return files;
  }

  private static StaticFile read(String name, String contentType) {
    return StaticFile.read(ROOT + name, contentType);
  }
}
