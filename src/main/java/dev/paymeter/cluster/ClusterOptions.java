package dev.paymeter.cluster;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Options of the cluster.
 *
 * @param name name of the cluster, the same for all members
 * @param host address that both ports are bound to and that the other members connect to; not a
 *     wildcard
 * @param port port of Hazelcast
 * @param busPort port of the event bus
 * @param members {@code host} or {@code host:port} of some or all members; may include this one
 * @param dns name that resolves to all members; if present, {@code members} is empty
 * @param networkRanges networks that connections are accepted from and made to
 * @param tls absent for an event bus without TLS
 */
public record ClusterOptions(
    String name,
    InetAddress host,
    int port,
    int busPort,
    List<String> members,
    Optional<String> dns,
    NetworkRanges networkRanges,
    Optional<Tls> tls) {

  /**
   * Mutual TLS on the event bus, in PEM files.
   *
   * @param certificate this member's certificate, with its intermediate certificates
   * @param key its private key, in PKCS #8
   * @param trust certificates of the authorities that the other members' certificates must be from
   */
  public record Tls(Path certificate, Path key, Path trust) {}

  InetSocketAddress address() {
    return new InetSocketAddress(host, port);
  }
}
