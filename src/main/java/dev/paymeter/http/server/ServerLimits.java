package dev.paymeter.http.server;

import java.time.Duration;

/**
 * Limits of one port, against slow clients and large requests.
 *
 * @param connections maximum number of open connections; further ones replace the oldest idle ones
 * @param uriBytes maximum length of a request's first line
 * @param headerBytes maximum length of all header fields of a request
 * @param headerFields maximum number of header fields of a request
 * @param streams maximum number of concurrent requests on one connection (HTTP/2)
 * @param idleTimeout timeout of a connection without traffic; by default longer than the 60 s of
 *     common load balancers, which otherwise reuse connections that this server is closing
 * @param requestTimeout timeout of receiving a request, from its first byte to its last
 * @param responseTimeout timeout of the client for reading what was sent
 */
public record ServerLimits(
    int connections,
    int uriBytes,
    int headerBytes,
    int headerFields,
    int streams,
    Duration idleTimeout,
    Duration requestTimeout,
    Duration responseTimeout) {
  public static final ServerLimits DEFAULT =
      new ServerLimits(
          10_000,
          4 << 10,
          8 << 10,
          100,
          100,
          Duration.ofSeconds(75),
          Duration.ofSeconds(30),
          Duration.ofSeconds(30));
}
