package dev.paymeter.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Filter against DNS rebinding for a server that listens on loopback: a page of another site whose
 * name resolves to this machine could read responses and create payments. Its name is the host of
 * its requests; only requests for local names pass. A server that listens on the network accepts
 * every name.
 */
public final class HostHeaderFilter implements Handler<RoutingContext> {
  /** Local names (RFC 6761, section 6.3) and loopback addresses (RFC 1122, RFC 4291). */
  private static final Pattern LOCAL_NAMES =
      Pattern.compile("localhost|.+\\.localhost|127(\\.\\d{1,3}){3}|\\[?::1]?");

  private final String host;
  private final boolean isLocal;

  /**
   * @param host the name or address that the server listens on
   */
  public HostHeaderFilter(String host) {
    this.host = host.toLowerCase(Locale.ROOT);
    this.isLocal = isLoopback(host);
  }

  /** Returns whether a name resolves to loopback addresses only. Blocks. */
  public static boolean isLoopback(String host) {
    try {
      return Arrays.stream(InetAddress.getAllByName(host)).allMatch(InetAddress::isLoopbackAddress);
    } catch (UnknownHostException e) {
      return false; // The server will fail to listen on it.
    }
  }

  /** Returns whether the host of a request is a local name. */
  static boolean isLocalName(HttpServerRequest request) {
    return LOCAL_NAMES.matcher(RequestHost.name(request)).matches();
  }

  @Override
  public void handle(RoutingContext request) {
    String name = RequestHost.name(request.request());
    if (!isLocal || name.equals(host) || LOCAL_NAMES.matcher(name).matches()) {
      request.next();
    } else {
      Problem.misdirected(name).respond(request);
    }
  }
}
