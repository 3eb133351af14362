package dev.paymeter.http.api;

import dev.paymeter.http.Access;
import dev.paymeter.http.Answers;
import dev.paymeter.http.PageFile;
import dev.paymeter.http.Problem;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** What the API takes and answers: the description itself, and a page that shows it. */
final class DescriptionRoutes {
  static final String ROOT = "/docs/";

  private static final String DESCRIPTION = "/openapi.yaml";

  /** RFC 9512. */
  private static final String YAML = "application/yaml";

  /** The webjar's files lie under its version. */
  private static final String SWAGGER_UI = "/META-INF/resources/webjars/swagger-ui/5.32.0/";

  /** Its signs are pictures within its style sheet. */
  private static final String POLICY =
      PageFile.POLICY.replace("img-src 'self'", "img-src 'self' data:");

  private DescriptionRoutes() {}

  /** Read once for all event loops: the page's script is large. */
  private static final class Files {
    static final PageFile DESCRIPTION = PageFile.read(DescriptionRoutes.DESCRIPTION, YAML);
    static final PageFile PAGE = PageFile.read("/description/index.html", PageFile.HTML);
    static final Map<String, PageFile> OF_THE_PAGE =
        Map.of(
            "docs.css", PageFile.read("/description/docs.css", PageFile.CSS),
            "docs.js", PageFile.read("/description/docs.js", PageFile.JAVASCRIPT),
            "icon.svg", PageFile.read("/console/icon.svg", PageFile.SVG),
            "swagger-ui.css", PageFile.read(SWAGGER_UI + "swagger-ui.css", PageFile.CSS),
            "swagger-ui.js",
                PageFile.read(SWAGGER_UI + "swagger-ui-bundle.js", PageFile.JAVASCRIPT));
  }

  static void add(Router router) {
    read(router, DESCRIPTION, request -> answer(request, Files.DESCRIPTION));
    read(router, ROOT, request -> answer(request, Files.PAGE));
    read(router, ROOT + ":file", DescriptionRoutes::find);
    read(router, "/docs", request -> PageFile.redirect(request, ROOT));
  }

  /** No key is asked for: it tells nothing but how to use other routes. */
  private static void read(Router router, String path, Handler<RoutingContext> handler) {
    Access.forAnybody(router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD))
        .handler(handler);
    Access.forAnybody(router.route(path))
        .handler(request -> Answers.refuseMethod(request, "GET, HEAD"));
  }

  private static void find(RoutingContext request) {
    PageFile file = Files.OF_THE_PAGE.get(request.pathParam("file"));
    if (file == null) {
      Problem.notFound(request.request().path()).answer(request);
    } else {
      answer(request, file);
    }
  }

  private static void answer(RoutingContext request, PageFile file) {
    PageFile.protect(request, POLICY);
    file.answer(request);
  }
}
