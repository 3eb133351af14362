package dev.paymeter.cluster;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How to find the other members, and who may be one.
 *
 * @param name members of another name are another cluster
 * @param host where both ports are bound, and what the others are told: never a wildcard
 * @param port Hazelcast's, which keeps track of members and addresses
 * @param busPort the event bus', which carries the messages
 * @param members {@code host} or {@code host:port} of some or all members; may name this one
 * @param dns a name that resolves to all members; where it is present, {@code members} is empty
 * @param networkRanges from where others may connect, and where this one connects to
 * @param tls absent for an event bus in the clear
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
   * @param certificate this member's, with what stands between it and the trusted one
   * @param key of that certificate, in PKCS #8
   * @param trust whose certificates are believed, those of members that connect included
   */
  public record Tls(Path certificate, Path key, Path trust) {}

  InetSocketAddress address() {
    return new InetSocketAddress(host, port);
  }
}
