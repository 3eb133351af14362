package dev.paymeter.http.api;

import dev.paymeter.http.Problem;
import dev.paymeter.http.Routes;
import dev.paymeter.http.StaticFile;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** Routes of the OpenAPI description and of a page that shows it. */
final class OpenApiRoutes {
  static final String ROOT = "/docs/";

  private static final String DESCRIPTION = "/openapi.yaml";

  /** RFC 9512. */
  private static final String YAML = "application/yaml";

  /** The path of a webjar includes its version. */
  private static final String SWAGGER_UI = "/META-INF/resources/webjars/swagger-ui/5.32.15/";

  /** The style sheet of Swagger UI has inline images. */
  private static final String POLICY =
      StaticFile.CONTENT_SECURITY_POLICY.replace("img-src 'self'", "img-src 'self' data:");

  private OpenApiRoutes() {}

  /** Files, read once for all event loops: the page's script is large. */
  private static final class Files {
    static final StaticFile DESCRIPTION = StaticFile.read(OpenApiRoutes.DESCRIPTION, YAML);
    static final StaticFile PAGE = StaticFile.read("/description/index.html", StaticFile.HTML);
    static final Map<String, StaticFile> PAGE_FILES =
        Map.of(
            "docs.css", StaticFile.read("/description/docs.css", StaticFile.CSS),
            "docs.js", StaticFile.read("/description/docs.js", StaticFile.JAVASCRIPT),
            "icon.svg", StaticFile.read("/console/icon.svg", StaticFile.SVG),
            "swagger-ui.css", StaticFile.read(SWAGGER_UI + "swagger-ui.css", StaticFile.CSS),
            "swagger-ui.js",
                StaticFile.read(SWAGGER_UI + "swagger-ui-bundle.js", StaticFile.JAVASCRIPT));
  }

  static void add(Routes api) {
    api.readOnly(DESCRIPTION, request -> respond(request, Files.DESCRIPTION));
    api.readOnly(ROOT, request -> respond(request, Files.PAGE));
    api.readOnly(ROOT + ":file", OpenApiRoutes::respondPageFile);
    api.readOnly("/docs", request -> StaticFile.redirect(request, ROOT));
  }

  private static void respondPageFile(RoutingContext request) {
    StaticFile file = Files.PAGE_FILES.get(request.pathParam("file"));
    if (file == null) {
      Problem.notFound(request.request().path()).respond(request);
    } else {
      respond(request, file);
    }
  }

  private static void respond(RoutingContext request, StaticFile file) {
    StaticFile.addSecurityHeaders(request, POLICY);
    file.respond(request);
  }
}
