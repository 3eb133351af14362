package dev.paymeter.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.SocketInterceptorConfig;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperty;
import java.time.Duration;
import java.util.Map;

/** Configuration of Hazelcast; other properties have Hazelcast's defaults. */
final class HazelcastConfig {
  /** A member without a heartbeat for this time is removed. */
  static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(5);

  static final Duration JOIN_TIMEOUT = Duration.ofSeconds(25);
  static final Duration LEAVE_TIMEOUT = Duration.ofSeconds(10);

  /** Attribute that the cluster manager of Vert.x reads, but does not set in a given Hazelcast. */
  static final String NODE_ID = "__vertx.nodeId";

  /** Property: the address that is both bound and published to the other members. */
  private static final String BOUND_ADDRESS = "hazelcast.local.localAddress";

  /** Attribute of the instances of this service: the instance id. */
  static final String INSTANCE = "paymeter.instance";

  private static final Map<HazelcastProperty, Object> PROPERTIES =
      Map.ofEntries(
          Map.entry(ClusterProperty.LOGGING_TYPE, "slf4j"),
          Map.entry(ClusterProperty.LOGGING_ENABLE_DETAILS, false),
          Map.entry(ClusterProperty.PHONE_HOME_ENABLED, false),
          Map.entry(
              ClusterProperty.SHUTDOWNHOOK_ENABLED, false), // Paymeter shuts Hazelcast down itself.
          Map.entry(ClusterProperty.SOCKET_BIND_ANY, false),
          Map.entry(ClusterProperty.WAIT_SECONDS_BEFORE_JOIN, 0),
          Map.entry(ClusterProperty.MAX_JOIN_SECONDS, JOIN_TIMEOUT.toSeconds()),
          Map.entry(ClusterProperty.GRACEFUL_SHUTDOWN_MAX_WAIT, LEAVE_TIMEOUT.toSeconds()),
          Map.entry(ClusterProperty.OPERATION_CALL_TIMEOUT_MILLIS, 10_000),
          Map.entry(ClusterProperty.HEARTBEAT_FAILURE_DETECTOR_TYPE, "deadline"),
          Map.entry(ClusterProperty.HEARTBEAT_INTERVAL_SECONDS, 1),
          Map.entry(ClusterProperty.MAX_NO_HEARTBEAT_SECONDS, HEARTBEAT_TIMEOUT.toSeconds()),
          // The oldest member removes one of two members that are disconnected from each other.
          Map.entry(
              ClusterProperty.PARTIAL_MEMBER_DISCONNECTION_RESOLUTION_HEARTBEAT_COUNT,
              HEARTBEAT_TIMEOUT.toSeconds()),
          // Also the number of attempts, which wait for up to 0.5 s. The claim of the next oldest
          // member has to last until the others have missed the same heartbeats: members that did
          // not accept it are expelled, and return as if after a split.
          Map.entry(ClusterProperty.MASTERSHIP_CLAIM_TIMEOUT_SECONDS, 30),
          Map.entry(ClusterProperty.MERGE_FIRST_RUN_DELAY_SECONDS, 5),
          Map.entry(ClusterProperty.MERGE_NEXT_RUN_DELAY_SECONDS, 5));

  private HazelcastConfig() {}

  static Config of(ClusterOptions options, String nodeId, String instanceId) {
    Config config = new Config().setClusterName(options.name());
    config.setInstanceName("paymeter-" + nodeId); // unique in the JVM
    PROPERTIES.forEach((property, value) -> config.setProperty(property.getName(), value + ""));
    config.setProperty(BOUND_ADDRESS, options.host().getHostAddress());
    config.getMemberAttributeConfig().setAttribute(NODE_ID, nodeId);
    config.getMemberAttributeConfig().setAttribute(INSTANCE, instanceId);
    config.getMetricsConfig().setEnabled(false);
    // The port may receive objects from any sender: deserialize only Hazelcast's own types.
    config
        .getSerializationConfig()
        .setJavaSerializationFilterConfig(new JavaSerializationFilterConfig());
    network(config.getNetworkConfig(), options);
    return config;
  }

  private static void network(NetworkConfig network, ClusterOptions options) {
    network.setPort(options.port()).setPortAutoIncrement(false);
    network.setSocketInterceptorConfig(
        new SocketInterceptorConfig()
            .setEnabled(true)
            .setImplementation(new NetworkGuard(options.networkRanges())));
    JoinConfig join = network.getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    if (options.dns().isPresent()) {
      join.getKubernetesConfig()
          .setEnabled(true)
          .setProperty("service-dns", options.dns().get())
          .setProperty("service-port", String.valueOf(options.port()));
    } else {
      join.getTcpIpConfig()
          .setEnabled(true)
          .setConnectionTimeoutSeconds(5)
          .setMembers(options.members());
    }
  }
}
