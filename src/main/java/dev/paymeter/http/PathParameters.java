package dev.paymeter.http;

import io.vertx.ext.web.RoutingContext;
import java.util.UUID;
import java.util.regex.Pattern;

/** Ids in paths. */
public final class PathParameters {
  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private PathParameters() {}

  /**
   * Reads the canonical form only: {@link UUID#fromString} also takes shorter ones.
   *
   * @throws ProblemException for any other text: nothing has such a path
   */
  public static UUID uuid(RoutingContext request, String parameter) {
    String text = request.pathParam(parameter);
    if (!UUID_FORM.matcher(text).matches()) {
      throw new ProblemException(Problem.notFound(request.request().path()));
    }
    return UUID.fromString(text);
  }
}
