package dev.paymeter.http.management;

import dev.paymeter.http.Problem;
import dev.paymeter.http.Routes;
import dev.paymeter.http.StaticFile;
import io.vertx.ext.web.RoutingContext;
import java.util.regex.Pattern;

/** Routes of the runbooks, each at the URL that its alert links to. */
final class RunbookRoutes {
  private static final String ROOT = "/runbooks/";
  private static final String INDEX = "README.md";
  private static final String STYLE = "runbooks.css";
  private static final Pattern RUNBOOK = Pattern.compile("\\w+\\.md");

  private RunbookRoutes() {}

  static void add(Routes routes) {
    StaticFile style = StaticFile.read("/description/" + STYLE, StaticFile.CSS);
    routes.readOnly(ROOT, request -> respond(request, INDEX));
    routes.readOnly(ROOT + STYLE, request -> respond(request, style));
    routes.readOnly(ROOT + ":file", request -> respond(request, request.pathParam("file")));
    routes.readOnly("/runbooks", request -> StaticFile.redirect(request, ROOT));
  }

  private static void respond(RoutingContext request, String file) {
    if (RUNBOOK.matcher(file).matches() && RunbookRoutes.class.getResource(ROOT + file) != null) {
      request
          .vertx()
          .executeBlocking(() -> page(file), false)
          .onComplete(page -> respond(request, page), request::fail);
    } else {
      Problem.notFound(request.request().path()).respond(request);
    }
  }

  private static void respond(RoutingContext request, StaticFile page) {
    StaticFile.addSecurityHeaders(request, StaticFile.CONTENT_SECURITY_POLICY);
    page.respond(request);
  }

  private static StaticFile page(String file) {
    String text = StaticFile.read(ROOT + file, "text/markdown").content().toString();
    return RunbookPage.of(text, STYLE);
  }
}
