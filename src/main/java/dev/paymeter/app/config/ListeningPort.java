package dev.paymeter.app.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A port that a process is to listen on.
 *
 * @param setting the setting or option that configures it
 * @param number 0 for any free port
 */
public record ListeningPort(String setting, String host, int number) {
  /** Returns the errors of ports that are configured twice. */
  public static List<Conflict> conflicts(List<ListeningPort> ports) {
    return ports.stream()
        .flatMap(port -> port.occupied(ports.subList(0, ports.indexOf(port))).stream())
        .toList();
  }

  /** An error in the form of the others. */
  public record Conflict(String setting, String expected, String found) {}

  private Optional<Conflict> occupied(List<ListeningPort> earlier) {
    return earlier.stream()
        .filter(this::overlaps)
        .findFirst()
        .map(
            other ->
                new Conflict(
                    setting, "another port than " + other.setting, String.valueOf(number)));
  }

  private boolean overlaps(ListeningPort other) {
    if (number == 0 || number != other.number) {
      return false;
    }
    List<InetAddress> addresses = addresses(host);
    List<InetAddress> others = addresses(other.host);
    return addresses.stream().anyMatch(InetAddress::isAnyLocalAddress)
        || others.stream().anyMatch(InetAddress::isAnyLocalAddress)
        || addresses.stream().anyMatch(Set.copyOf(others)::contains);
  }

  /** Returns no address for an unknown host: the service will fail to listen on it. */
  private static List<InetAddress> addresses(String host) {
    try {
      return Arrays.asList(InetAddress.getAllByName(host));
    } catch (UnknownHostException e) {
      return List.of();
    }
  }
}
