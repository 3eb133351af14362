package dev.paymeter.http;

import io.vertx.ext.web.RoutingContext;
import java.util.UUID;
import java.util.regex.Pattern;

/** Reader of ids in paths. */
public final class PathParameters {
  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private PathParameters() {}

  /**
   * Returns a parameter in canonical form; {@link UUID#fromString} also accepts shorter ones.
   *
   * @throws ProblemException with 404 for any other text
   */
  public static UUID uuid(RoutingContext request, String parameter) {
    String text = request.pathParam(parameter);
    if (!UUID_FORM.matcher(text).matches()) {
      throw new ProblemException(Problem.notFound(request.request().path()));
    }
    return UUID.fromString(text);
  }
}
