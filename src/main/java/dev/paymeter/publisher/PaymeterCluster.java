package dev.paymeter.publisher;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import java.util.List;
import java.util.Map;

/**
 * Configurations of Hazelcast for applications that join Paymeter's cluster, for {@code
 * HazelcastClusterManager}.
 *
 * <p>The application is a lite member of the cluster {@code paymeter}: it stores none of the
 * cluster's data and cannot be its first member. It can change a configuration, for example the
 * name of the cluster or the port, but not the properties that all members need.
 */
public final class PaymeterCluster {
  /** Properties that all members of the cluster need. */
  private static final Map<String, String> COMMON =
      Map.of(
          "hazelcast.wait.seconds.before.join", "0",
          "hazelcast.heartbeat.interval.seconds", "1",
          "hazelcast.max.no.heartbeat.seconds", "5",
          "hazelcast.partial.member.disconnection.resolution.heartbeat.count", "5",
          "hazelcast.mastership.claim.timeout.seconds", "30",
          "hazelcast.merge.first.run.delay.seconds", "5",
          "hazelcast.merge.next.run.delay.seconds", "5");

  private PaymeterCluster() {}

  /**
   * Returns a configuration for a cluster with a static list of members, Paymeter's {@code
   * cluster.members}.
   *
   * @param members {@code host:port} of some or all of Paymeter's instances
   */
  public static Config hazelcast(List<String> members) {
    Config config = lite();
    config.getNetworkConfig().getJoin().getTcpIpConfig().setEnabled(true).setMembers(members);
    return config;
  }

  /**
   * Returns a configuration for a cluster whose members are found by a DNS name, Paymeter's {@code
   * cluster.dns}. Hazelcast rejects members that find the others in different ways.
   *
   * @param dns name that resolves to all of Paymeter's instances, such as a headless Service's
   * @param port their {@code cluster.port}
   */
  public static Config hazelcast(String dns, int port) {
    Config config = lite();
    config
        .getNetworkConfig()
        .getJoin()
        .getKubernetesConfig()
        .setEnabled(true)
        .setProperty("service-dns", dns)
        .setProperty("service-port", String.valueOf(port));
    return config;
  }

  private static Config lite() {
    Config config = new Config().setClusterName("paymeter").setLiteMember(true);
    COMMON.forEach(config::setProperty);
    config.setProperty("hazelcast.phone.home.enabled", "false");
    // Vert.x shuts Hazelcast down, after its own connections.
    config.setProperty("hazelcast.shutdownhook.enabled", "false");
    JoinConfig join = config.getNetworkConfig().getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    return config;
  }
}
