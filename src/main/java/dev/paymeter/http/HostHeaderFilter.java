package dev.paymeter.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Keeps the pages of other sites out of a server that listens on loopback: a site whose name is
 * made to lead to this machine (DNS rebinding) is to the browser the same site still, and could
 * read what is shown here, and pay. Its name stands in the request; only this machine's own are
 * answered. Where a server listens to the network, names are the network's business.
 */
public final class HostHeaderFilter implements Handler<RoutingContext> {
  /** RFC 6761, section 6.3, and the addresses of RFC 1122 and RFC 4291 that lead nowhere else. */
  private static final Pattern OWN =
      Pattern.compile("localhost|.+\\.localhost|127(\\.\\d{1,3}){3}|\\[?::1]?");

  private final String host;
  private final boolean local;

  /**
   * @param host what the server listens on
   */
  public HostHeaderFilter(String host) {
    this.host = host.toLowerCase(Locale.ROOT);
    this.local = isLoopback(host);
  }

  /** Whether a name or an address leads nowhere but to this machine. Blocks. */
  public static boolean isLoopback(String host) {
    try {
      return Arrays.stream(InetAddress.getAllByName(host)).allMatch(InetAddress::isLoopbackAddress);
    } catch (UnknownHostException e) {
      return false; // Nobody will listen on it.
    }
  }

  /** Whether a request names nobody but this machine. */
  static boolean isOwnName(HttpServerRequest request) {
    return OWN.matcher(name(request)).matches();
  }

  private static String name(HttpServerRequest request) {
    HostAndPort named = request.authority();
    return named == null ? "" : named.host().toLowerCase(Locale.ROOT);
  }

  @Override
  public void handle(RoutingContext request) {
    String name = name(request.request());
    if (!local || name.equals(host) || OWN.matcher(name).matches()) {
      request.next();
    } else {
      Problem.misdirected(name).answer(request);
    }
  }
}
