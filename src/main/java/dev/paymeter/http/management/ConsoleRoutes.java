package dev.paymeter.http.management;

import dev.paymeter.http.Compressible;
import dev.paymeter.http.Problem;
import dev.paymeter.http.Responses;
import dev.paymeter.http.Routes;
import dev.paymeter.http.StaticFile;
import dev.paymeter.metrics.dashboard.DashboardSampler;
import dev.paymeter.metrics.dashboard.SampleHistory.Range;
import io.vertx.ext.web.RoutingContext;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Routes of the console: its page, the page's files, and its events. */
final class ConsoleRoutes {
  static final String ROOT = "/console/";

  /** The path of a webjar includes its version. */
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

  static final List<String> STYLES = List.of("console.css", "alerts.css", "payments.css");

  static final List<String> MODULES =
      List.of(
          "actions.js",
          "address.js",
          "alerts.js",
          "charts.js",
          "connection.js",
          "differences.js",
          "dom.js",
          "figures.js",
          "format.js",
          "instances.js",
          "main.js",
          "money.js",
          "page.js",
          "payment-text.js",
          "payments.js",
          "proof.js",
          "record.js",
          "samples.js",
          "service.js",
          "settlements.js",
          "status.js",
          "trail.js");

  private ConsoleRoutes() {}

  static void add(Routes routes, ConsoleSource consoleSource, ConsoleEventStream eventStream) {
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
    routes.readOnly(ROOT + "samples", request -> respondSamples(request, consoleSource));
    routes.readOnly(
        ROOT + "alerts",
        request ->
            Responses.sendJson(request, 200, ConsoleJson.write(consoleSource.alerts().get())));
    routes.readOnly("/", request -> StaticFile.redirect(request, ROOT));
    routes.readOnly("/console", request -> StaticFile.redirect(request, ROOT));
  }

  /** Responds with the samples of the range that the query names, by default the shortest. */
  private static void respondSamples(RoutingContext request, ConsoleSource consoleSource) {
    String label = request.request().getParam("range", Range.MINUTES_15.label());
    Optional<Range> range =
        Arrays.stream(Range.values()).filter(each -> each.label().equals(label)).findFirst();
    if (range.isEmpty()) {
      Problem.notFound(request.request().path()).respond(request);
      return;
    }
    List<DashboardSampler.Point> points = consoleSource.points().apply(range.get());
    request
        .vertx()
        .executeBlocking(() -> Compressible.of(ConsoleJson.write(points).toBuffer()), false)
        .onComplete(
            body -> Responses.sendCompressible(request, Responses.JSON, body), request::fail);
  }

  private static Map<String, StaticFile> files() {
    Map<String, StaticFile> files = new HashMap<>();
    files.put("", read("index.html", StaticFile.HTML));
    files.put("icon.svg", read("icon.svg", StaticFile.SVG));
    STYLES.forEach(style -> files.put(style, read(style, StaticFile.CSS)));
    MODULES.forEach(module -> files.put(module, read(module, StaticFile.JAVASCRIPT)));
    files.put("uplot.css", StaticFile.read(UPLOT + "uPlot.min.css", StaticFile.CSS));
    files.put("uplot.js", StaticFile.read(UPLOT + "uPlot.esm.js", StaticFile.JAVASCRIPT));
    return files;
  }

  private static StaticFile read(String name, String contentType) {
    return StaticFile.read(ROOT + name, contentType);
  }
}
