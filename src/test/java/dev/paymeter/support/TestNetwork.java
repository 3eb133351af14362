package dev.paymeter.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Simulated hosts on one machine: network namespaces, each linked to a bridge on which this process
 * is, too. Needs root.
 */
public final class TestNetwork implements AutoCloseable {
  private static final String BRIDGE = "paymeter-test";
  private static final String PREFIX = "10.213.77.";
  private static final String LOCAL_ADDRESS = PREFIX + "254";

  /** An unused MAC address: packets to it are lost silently. */
  private static final String UNUSED_MAC = "02:00:00:00:00:fe";

  private final int hosts;

  /**
   * @param hosts at most 200
   */
  public TestNetwork(int hosts) {
    this.hosts = hosts;
    close(); // Removes what a killed run has left.
    ip("link", "add", BRIDGE, "type", "bridge");
    ip("address", "add", LOCAL_ADDRESS + "/24", "dev", BRIDGE);
    ip("link", "set", BRIDGE, "up");
    IntStream.range(0, hosts).forEach(this::add);
  }

  private void add(int host) {
    String inside = name(host) + "-in";
    ip("netns", "add", name(host));
    ip("link", "add", name(host), "type", "veth", "peer", "name", inside);
    ip("link", "set", name(host), "master", BRIDGE, "up");
    ip("link", "set", inside, "netns", name(host));
    inside(host, "address", "add", address(host) + "/24", "dev", inside);
    inside(host, "link", "set", inside, "up");
    inside(host, "link", "set", "lo", "up");
  }

  private static String name(int host) {
    return "paymeter-" + host;
  }

  /** Returns the network of all hosts, in CIDR notation. */
  public static String network() {
    return PREFIX + "0/24";
  }

  /** Returns the address at which hosts reach this process. */
  public static InetAddress localAddress() {
    try {
      return InetAddress.getByName(LOCAL_ADDRESS);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  public String address(int host) {
    return PREFIX + (host + 1);
  }

  /** Returns the command prefix that runs a command on a host. */
  public List<String> launcher(int host) {
    return List.of("ip", "netns", "exec", name(host));
  }

  /** Takes a host's link down: packets are lost in both directions, and no connection is closed. */
  public void cut(int host) {
    ip("link", "set", name(host), "down");
  }

  public void heal(int host) {
    ip("link", "set", name(host), "up");
  }

  /** Drops the packets between two hosts; both still reach all others. */
  public void partition(int one, int other) {
    misdirect(one, other);
    misdirect(other, one);
  }

  private void misdirect(int from, int to) {
    inside(
        from,
        "neighbour",
        "replace",
        address(to),
        "lladdr",
        UNUSED_MAC,
        "nud",
        "permanent",
        "dev",
        name(from) + "-in");
  }

  public void reconnect(int one, int other) {
    inside(one, "neighbour", "delete", address(other), "dev", name(one) + "-in");
    inside(other, "neighbour", "delete", address(one), "dev", name(other) + "-in");
  }

  private static void inside(int host, String... command) {
    List<String> all = new ArrayList<>(List.of("-netns", name(host)));
    all.addAll(List.of(command));
    ip(all.toArray(String[]::new));
  }

  private static void ip(String... command) {
    String output = run(command);
    if (!output.isEmpty()) {
      throw new IllegalStateException(String.join(" ", command) + ": " + output);
    }
  }

  /** Returns the command's output; empty if it succeeded silently. */
  private static String run(String... command) {
    List<String> all = new ArrayList<>(List.of("ip"));
    all.addAll(List.of(command));
    try {
      Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      int exit = process.waitFor();
      return exit == 0 || !output.isEmpty() ? output : "exit code " + exit;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The links are deleted with the namespaces. */
  @Override
  public void close() {
    IntStream.range(0, hosts)
        .forEach(
            host -> {
              run("link", "delete", name(host));
              run("netns", "delete", name(host));
            });
    run("link", "delete", BRIDGE);
  }
}
