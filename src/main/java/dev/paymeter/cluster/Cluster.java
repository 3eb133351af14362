package dev.paymeter.cluster;

import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceFactory;
import com.hazelcast.multimap.MultiMap;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastRegistrationInfo;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Membership of this process in a cluster. Hazelcast has the members and the addresses that they
 * consume, Vert.x transports the messages. Safe from any thread; methods that block say so.
 */
public final class Cluster {
  private static final Logger log = LoggerFactory.getLogger(Cluster.class);

  /** The map in which Vert.x stores the consumers of each address. */
  private static final String REGISTRATIONS = "__vertx.subs";

  private static final long START_TIMEOUT_SECONDS = 30;
  private static final long REMOVAL_TIMEOUT_SECONDS = 2;
  private static final int CONNECT_TIMEOUT_MILLIS = 2000;

  /**
   * Interval and reply timeout together do not exceed {@link HazelcastConfig#HEARTBEAT_TIMEOUT}.
   */
  private static final int PING_INTERVAL_MILLIS = 2000;

  private static final int PING_REPLY_TIMEOUT_MILLIS = 3000;

  private final ClusterOptions options;
  private final String nodeId;
  private final NetworkGuard guard;
  private final HazelcastInstance hazelcast;
  private final Membership membership;
  private final SendFailureCounter sendFailureCounter = new SendFailureCounter();

  private Cluster(
      ClusterOptions options, String nodeId, NetworkGuard guard, HazelcastInstance hazelcast) {
    this.options = options;
    this.nodeId = nodeId;
    this.guard = guard;
    this.hazelcast = hazelcast;
    this.membership = new Membership(hazelcast);
  }

  /**
   * Joins the configured members that are running, or starts a new cluster if none is. Blocks for
   * at most 30 seconds.
   *
   * @param instanceId the name of this instance in the logs of the others
   * @throws IllegalStateException naming the setting, if a port is in use, the address is not one
   *     of this machine, or the other members do not admit this one
   */
  public static Cluster join(ClusterOptions options, String instanceId) {
    checkFree("cluster.port", options.address());
    checkFree("cluster.bus-port", new InetSocketAddress(options.host(), options.busPort()));
    String nodeId = UUID.randomUUID().toString();
    NetworkGuard guard = new NetworkGuard(options.networkRanges());
    HazelcastInstance hazelcast;
    try {
      hazelcast =
          HazelcastInstanceFactory.newHazelcastInstance(
              HazelcastConfig.of(options, nodeId, instanceId), null, new GuardedNodeContext(guard));
    } catch (HazelcastException | IllegalStateException e) {
      throw new IllegalStateException(
          ("cluster.members, cluster.dns: expected to join the cluster %s within %s s,"
                  + " but was not admitted (%s)")
              .formatted(options.name(), HazelcastConfig.JOIN_TIMEOUT.toSeconds(), e.getMessage()),
          e);
    }
    Cluster cluster = new Cluster(options, nodeId, guard, hazelcast);
    log.info(
        "Joined the cluster {} as {}: event bus port {}, {} members",
        options.name(),
        Membership.name(options.address()),
        options.busPort(),
        hazelcast.getCluster().getMembers().size());
    return cluster;
  }

  /** Binds a socket, because Hazelcast's error names neither the setting nor the reason. */
  private static void checkFree(String setting, InetSocketAddress address) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true); // as Hazelcast and Vert.x do
      socket.bind(address, 1);
    } catch (BindException e) {
      if (String.valueOf(e.getMessage()).contains("assign")) {
        throw new IllegalStateException(
            "cluster.host: expected an address of this machine, found "
                + address.getAddress().getHostAddress(),
            e);
      }
      throw new IllegalStateException(
          setting + ": expected a free port, found one in use (" + address.getPort() + ")", e);
    } catch (IOException e) {
      throw new IllegalStateException(
          setting + ": expected a port that can be bound, found " + e.getMessage(), e);
    }
  }

  /**
   * Creates the Vert.x of this member. Its event bus listens when the future completes.
   *
   * @param builder configured with metrics and tracing
   * @param vertxOptions options other than those of the event bus
   * @return fails with an {@link IllegalStateException} that names the setting
   */
  public Future<Vertx> vertx(VertxBuilder builder, VertxOptions vertxOptions) {
    return builder
        .with(vertxOptions.setEventBusOptions(eventBus(options)))
        .withTransport(GuardedTransport.of(options.busPort(), guard))
        .withClusterManager(new HazelcastClusterManager(hazelcast))
        .buildClustered()
        .timeout(START_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .recover(this::nameSetting)
        .onSuccess(vertx -> vertx.eventBus().addOutboundInterceptor(sendFailureCounter));
  }

  private <T> Future<T> nameSetting(Throwable cause) {
    String expected =
        options.tls().isPresent()
            ? "cluster.tls: expected PEM files that match"
            : "cluster.bus-port: expected a port that can be bound";
    return Future.failedFuture(
        new IllegalStateException(expected + ", found " + cause.getMessage(), cause));
  }

  static EventBusOptions eventBus(ClusterOptions options) {
    EventBusOptions bus =
        new EventBusOptions()
            .setHost(options.host().getHostAddress())
            .setPort(options.busPort())
            .setConnectTimeout(CONNECT_TIMEOUT_MILLIS)
            .setClusterPingInterval(PING_INTERVAL_MILLIS)
            .setClusterPingReplyInterval(PING_REPLY_TIMEOUT_MILLIS);
    options.tls().ifPresent(tls -> addTls(bus, tls));
    return bus;
  }

  private static void addTls(EventBusOptions bus, ClusterOptions.Tls tls) {
    bus.setSsl(true)
        .setClientAuth(ClientAuth.REQUIRED)
        .setTrustAll(false) // the default is to trust any certificate
        .setKeyCertOptions(
            new PemKeyCertOptions()
                .setCertPath(tls.certificate().toString())
                .setKeyPath(tls.key().toString()))
        .setTrustOptions(new PemTrustOptions().addCertPath(tls.trust().toString()));
  }

  /** Returns the number of instances of this service, including this one. */
  public int instances() {
    return membership.count().instances();
  }

  /** Returns the ids of the instances of this service, including this one. */
  public List<String> instanceIds() {
    return membership.instanceIds();
  }

  /** Returns the number of other members: publishers. */
  public int otherMembers() {
    return membership.count().others();
  }

  /** Returns the number of instances that left without announcing their departure. */
  public long lostInstances() {
    return membership.lost();
  }

  /** Returns the number of messages to other members that could not be sent. */
  public long sendFailures() {
    return sendFailureCounter.count();
  }

  /**
   * Removes this member's consumers from the map that the other members route by. The consumers
   * keep running, so that messages that members send before they see the removal still get a reply.
   */
  public Future<Void> removeRegistrations(Vertx vertx) {
    return vertx
        .<Void>executeBlocking(
            () -> {
              MultiMap<String, HazelcastRegistrationInfo> registrations =
                  hazelcast.getMultiMap(REGISTRATIONS);
              for (Map.Entry<String, HazelcastRegistrationInfo> registration :
                  registrations.entrySet()) {
                if (registration.getValue().unwrap().nodeId().equals(nodeId)) {
                  registrations.remove(registration.getKey(), registration.getValue());
                }
              }
              return null;
            },
            false)
        .timeout(REMOVAL_TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Leaves the cluster after Vert.x has been closed: announces the departure, hands over its data
   * and closes its connections. Blocks, for a bounded time.
   */
  public void leave() {
    long start = System.nanoTime();
    membership.announceDeparture();
    hazelcast.shutdown();
    log.info("Left the cluster in {} ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
  }
}
