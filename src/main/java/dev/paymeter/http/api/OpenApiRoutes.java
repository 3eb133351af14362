package dev.paymeter.http.api;

import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.Problem;
import dev.paymeter.http.Responses;
import dev.paymeter.http.StaticFile;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** Routes of the OpenAPI description and of a page that shows it. */
final class OpenApiRoutes {
  static final String ROOT = "/docs/";

  private static final String DESCRIPTION = "/openapi.yaml";

  /** RFC 9512. */
  private static final String YAML = "application/yaml";

  /** The path of a webjar includes its version. */
  private static final String SWAGGER_UI = "/META-INF/resources/webjars/swagger-ui/5.32.0/";

  /** The style sheet of Swagger UI has inline images. */
  private static final String POLICY =
      StaticFile.POLICY.replace("img-src 'self'", "img-src 'self' data:");

  private OpenApiRoutes() {}

  /** Files, read once for all event loops: the page's script is large. */
  private static final class Files {
    static final StaticFile DESCRIPTION = StaticFile.read(OpenApiRoutes.DESCRIPTION, YAML);
    static final StaticFile PAGE = StaticFile.read("/description/index.html", StaticFile.HTML);
    static final Map<String, StaticFile> OF_THE_PAGE =
        Map.of(
            "docs.css", StaticFile.read("/description/docs.css", StaticFile.CSS),
            "docs.js", StaticFile.read("/description/docs.js", StaticFile.JAVASCRIPT),
            "icon.svg", StaticFile.read("/console/icon.svg", StaticFile.SVG),
            "swagger-ui.css", StaticFile.read(SWAGGER_UI + "swagger-ui.css", StaticFile.CSS),
            "swagger-ui.js",
                StaticFile.read(SWAGGER_UI + "swagger-ui-bundle.js", StaticFile.JAVASCRIPT));
  }

  static void add(Router router) {
    read(router, DESCRIPTION, request -> answer(request, Files.DESCRIPTION));
    read(router, ROOT, request -> answer(request, Files.PAGE));
    read(router, ROOT + ":file", OpenApiRoutes::find);
    read(router, "/docs", request -> StaticFile.redirect(request, ROOT));
  }

  /** Adds a public route: documentation needs no key. */
  private static void read(Router router, String path, Handler<RoutingContext> handler) {
    ApiKeyAuthHandler.forAnybody(router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD))
        .handler(handler);
    ApiKeyAuthHandler.forAnybody(router.route(path))
        .handler(request -> Responses.refuseMethod(request, "GET, HEAD"));
  }

  private static void find(RoutingContext request) {
    StaticFile file = Files.OF_THE_PAGE.get(request.pathParam("file"));
    if (file == null) {
      Problem.notFound(request.request().path()).answer(request);
    } else {
      answer(request, file);
    }
  }

  private static void answer(RoutingContext request, StaticFile file) {
    StaticFile.protect(request, POLICY);
    file.answer(request);
  }
}
