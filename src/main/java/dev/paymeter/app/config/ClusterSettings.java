package dev.paymeter.app.config;

import dev.paymeter.cluster.ClusterOptions;
import dev.paymeter.cluster.NetworkRanges;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reader of the cluster settings, with the checks across settings. */
record ClusterSettings(ConfigSource source) {
  private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,252})");
  private static final String PORT =
      "([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d\\d|655[0-2]\\d|6553[0-5])";
  private static final Pattern MEMBER =
      Pattern.compile(
          "([A-Za-z0-9][A-Za-z0-9.-]{0,252}|\\[[0-9a-fA-F:.]+])(:PORT)?".replace("PORT", PORT));
  private static final Pattern NETWORK = Pattern.compile("[0-9a-fA-F:.]+(/\\d{1,3})?");
  private static final String NETWORKS =
      "networks such as 10.42.0.0/16, with no bits set after the prefix";

  /** Reads all settings, also if the cluster is disabled, so that errors are always reported. */
  Optional<ClusterOptions> read() {
    boolean enabled = source.flag("cluster.enabled", false);
    InetAddress host =
        source.value(
            "cluster.host",
            InetAddress.getLoopbackAddress(),
            "an address that the other members can reach, not a wildcard",
            ClusterSettings::address);
    NetworkRanges networkRanges = networks(source, "cluster.networks");
    ClusterOptions options =
        new ClusterOptions(
            source.name("cluster.name", "paymeter"),
            host,
            source.integer("cluster.port", 5701, 1, ConfigSource.MAX_PORT),
            source.integer("cluster.bus-port", 5702, 1, ConfigSource.MAX_PORT),
            source.list("cluster.members", List.of(), "distinct host or host:port", MEMBER),
            source.optional(
                "cluster.dns",
                "a name such as paymeter-cluster.paymeter.svc.cluster.local",
                text -> ConfigSource.matching(HOST_NAME, text)),
            networkRanges.networks().isEmpty() && host.isLoopbackAddress()
                ? NetworkRanges.LOOPBACK
                : networkRanges,
            tls());
    if (!enabled) {
      return Optional.empty();
    }
    checkConsistency(options);
    return Optional.of(options);
  }

  private void checkConsistency(ClusterOptions options) {
    if (options.dns().isPresent() && !options.members().isEmpty()) {
      source.addError("cluster.dns", "either cluster.members or cluster.dns", "both");
    }
    if (options.networkRanges().networks().isEmpty()) {
      source.addError(
          "cluster.networks", "the networks of the members, as cluster.host is not local", "none");
    } else if (!options.networkRanges().contains(options.host())) {
      source.addError(
          "cluster.networks",
          "networks that contain cluster.host " + options.host().getHostAddress(),
          options.networkRanges().toString());
    }
  }

  static NetworkRanges networks(ConfigSource source, String key) {
    List<String> texts = source.list(key, List.of(), NETWORKS, NETWORK);
    try {
      return NetworkRanges.parse(texts);
    } catch (IllegalArgumentException e) {
      source.addError(key, NETWORKS, '"' + String.join(",", texts) + '"');
      return new NetworkRanges(List.of());
    }
  }

  private Optional<ClusterOptions.Tls> tls() {
    Optional<Path> certificate = source.pemFile("cluster.tls.certificate");
    Optional<Path> key = source.pemFile("cluster.tls.key");
    Optional<Path> trust = source.pemFile("cluster.tls.trust");
    long count = Stream.of(certificate, key, trust).filter(Optional::isPresent).count();
    if (count == 3) {
      return Optional.of(new ClusterOptions.Tls(certificate.get(), key.get(), trust.get()));
    }
    if (count > 0) {
      source.addError(
          "cluster.tls", "all of certificate, key and trust, or none", count + " of them");
    }
    return Optional.empty();
  }

  private static InetAddress address(String text) {
    try {
      InetAddress address = InetAddress.getByName(text);
      if (address.isAnyLocalAddress() || address.isMulticastAddress()) {
        throw new IllegalArgumentException();
      }
      return address;
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
