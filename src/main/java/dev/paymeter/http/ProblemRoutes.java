package dev.paymeter.http;

import static java.util.stream.Collectors.joining;

import io.vertx.ext.web.RoutingContext;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Routes of the pages that describe the problem types, each at the URL of its type. */
public final class ProblemRoutes {
  private static final String STYLE = "problems.css";

  private static final String DESCRIPTION =
      """
            <h1>%s</h1>
            <p><code>%s</code>, status %s</p>
            <p>%s</p>
            <p><a href="./">All problem types</a></p>
      """;

  private static final String ENTRY =
      """
              <dt><a href="%s">%s</a>, status %s</dt>
              <dd>%s</dd>
      """;

  private static final StaticFile INDEX = HtmlPage.of("Problem types", STYLE, index());
  private static final Map<String, StaticFile> FILES = files();

  private ProblemRoutes() {}

  public static void add(Routes routes) {
    routes.readOnly(ProblemType.ROOT, request -> respond(request, INDEX));
    routes.readOnly(ProblemType.ROOT + ":file", ProblemRoutes::respondFile);
  }

  private static void respondFile(RoutingContext request) {
    StaticFile file = FILES.get(request.pathParam("file"));
    if (file == null) {
      Problem.notFound(request.request().path()).respond(request);
    } else {
      respond(request, file);
    }
  }

  private static void respond(RoutingContext request, StaticFile file) {
    StaticFile.addSecurityHeaders(request, StaticFile.CONTENT_SECURITY_POLICY);
    file.respond(request);
  }

  private static Map<String, StaticFile> files() {
    Map<String, StaticFile> files = new HashMap<>();
    for (ProblemType type : ProblemType.values()) {
      files.put(type.kind(), HtmlPage.of(type.title(), STYLE, description(type)));
    }
    files.put(STYLE, StaticFile.read("/description/" + STYLE, StaticFile.CSS));
    return files;
  }

  private static String description(ProblemType type) {
    return DESCRIPTION.formatted(type.title(), type.url(), type.status(), html(type.meaning()));
  }

  private static String index() {
    return "      <h1>Problem types</h1>\n      <dl>\n"
        + Arrays.stream(ProblemType.values())
            .map(
                type ->
                    ENTRY.formatted(type.kind(), type.title(), type.status(), html(type.meaning())))
            .collect(joining())
        + "      </dl>\n";
  }

  private static String html(String meaning) {
    return meaning.replaceAll("`([^`]+)`", "<code>$1</code>");
  }
}
