package dev.paymeter.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The host that a request is for: that of a target in absolute form, otherwise that of the header
 * {@code Host} (RFC 9112, section 3.2.2). Vert.x knows the header only.
 */
public final class RequestHost {
  private static final Pattern ABSOLUTE_FORM =
      Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*).*");

  private RequestHost() {}

  /** Returns the name or address in lower case, without the port; empty if there is none. */
  static String name(HttpServerRequest request) {
    return authority(request).map(host -> host.host().toLowerCase(Locale.ROOT)).orElse("");
  }

  /** Returns the problem of a request whose host is not clear; empty if there is none. */
  public static Optional<Problem> fault(HttpServerRequest request) {
    List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
    if (hosts.size() > 1) {
      return Optional.of(
          Problem.badRequest("Expected one header Host, found " + hosts.size() + "."));
    }
    return ABSOLUTE_FORM.matcher(request.uri()).matches() && authority(request).isEmpty()
        ? Optional.of(Problem.badRequest("Expected a host in the request target, found none."))
        : Optional.empty();
  }

  private static Optional<HostAndPort> authority(HttpServerRequest request) {
    Matcher target = ABSOLUTE_FORM.matcher(request.uri());
    return Optional.ofNullable(
        target.matches() ? HostAndPort.parseAuthority(target.group(1), -1) : request.authority());
  }
}
