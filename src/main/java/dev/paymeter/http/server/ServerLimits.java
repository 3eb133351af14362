package dev.paymeter.http.server;

import java.time.Duration;

/**
 * What one port takes at most, so that neither slow nor huge senders can exhaust it.
 *
 * @param connections open at once
 * @param uriBytes of a request's first line
 * @param headerBytes of all of a request's header fields
 * @param headerFields of one request
 * @param streams requests at once on one connection (HTTP/2)
 * @param idle how long nothing may come or go on a connection
 * @param request how long a request may take to come, from its first byte to its last
 */
public record ServerLimits(
    int connections,
    int uriBytes,
    int headerBytes,
    int headerFields,
    int streams,
    Duration idle,
    Duration request) {
  /** What holds where nothing is set. */
  public static final ServerLimits DEFAULT =
      new ServerLimits(
          10_000, 4 << 10, 8 << 10, 100, 100, Duration.ofSeconds(60), Duration.ofSeconds(30));
}
