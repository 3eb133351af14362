package dev.paymeter.webhook.client;

import io.vertx.core.Future;
import java.net.InetAddress;
import java.util.List;

/** Resolver of host names. */
@FunctionalInterface
public interface HostResolver {
  /** Returns the addresses of a name, at least one; fails if there are none. */
  Future<List<InetAddress>> resolve(String host);
}
