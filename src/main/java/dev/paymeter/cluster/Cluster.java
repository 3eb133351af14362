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
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process as a member of a cluster: Hazelcast knows who is there and who takes which address,
 * Vert.x carries the messages from member to member. Safe from any thread; what blocks says so.
 */
public final class Cluster {
  private static final Logger log = LoggerFactory.getLogger(Cluster.class);

  /** Where Vert.x keeps who takes which address. */
  private static final String REGISTRATIONS = "__vertx.subs";

  private static final long LONGEST_START_SECONDS = 30;
  private static final long LONGEST_WITHDRAWAL_SECONDS = 2;
  private static final int CONNECT_TIMEOUT_MILLIS = 2000;

  /** Together no longer than the silence after which Hazelcast takes a member for dead. */
  private static final int PING_INTERVAL_MILLIS = 2000;

  private static final int PING_REPLY_MILLIS = 3000;

  private final ClusterOptions options;
  private final String nodeId;
  private final NetworkGuard guard;
  private final HazelcastInstance hazelcast;
  private final Membership membership;
  private final SendFailureCounter sendFailureCounter;

  private Cluster(
      ClusterOptions options, String nodeId, NetworkGuard guard, HazelcastInstance hazelcast) {
    this.options = options;
    this.nodeId = nodeId;
    this.guard = guard;
    this.hazelcast = hazelcast;
    this.membership = new Membership(hazelcast);
    this.sendFailureCounter = new SendFailureCounter();
  }

  /**
   * Joins those of the configured members that are there; where none is, becomes the first one, and
   * others join later. Blocks until then, at most half a minute.
   *
   * @param instanceId what the other instances call this one
   * @throws IllegalStateException naming the setting, where the port is taken, the address is not
   *     this machine's, or the members that are there do not let this one in
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
          "cluster.members, cluster.dns: wanted to join the cluster "
              + options.name()
              + " within "
              + HazelcastConfig.LONGEST_JOIN.toSeconds()
              + " s, found that it was not let in ("
              + e.getMessage()
              + ")",
          e);
    }
    Cluster cluster = new Cluster(options, nodeId, guard, hazelcast);
    log.info(
        "In the cluster {} as {}, the event bus on port {}: {} members",
        options.name(),
        Membership.name(options.address()),
        options.busPort(),
        hazelcast.getCluster().getMembers().size());
    return cluster;
  }

  /** Hazelcast tells neither setting nor reason apart; a socket does. */
  private static void checkFree(String setting, InetSocketAddress address) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true); // As Hazelcast's and Vert.x' sockets do.
      socket.bind(address, 1);
    } catch (BindException e) {
      if (String.valueOf(e.getMessage()).contains("assign")) {
        throw new IllegalStateException(
            "cluster.host: wanted an address of this machine, found "
                + address.getAddress().getHostAddress(),
            e);
      }
      throw new IllegalStateException(
          setting + ": wanted a free port, found one in use (" + address.getPort() + ")", e);
    } catch (IOException e) {
      throw new IllegalStateException(
          setting + ": wanted a port that can be listened on, found " + e, e);
    }
  }

  /**
   * Makes the Vert.x of this member. Its event bus listens when the future completes.
   *
   * @param builder with metrics and tracing, as they may be
   * @param vertxOptions all but the event bus'
   * @return fails with an {@link IllegalStateException} that names the setting
   */
  public Future<Vertx> vertx(VertxBuilder builder, VertxOptions vertxOptions) {
    return builder
        .with(vertxOptions.setEventBusOptions(eventBus(options)))
        .withTransport(new GuardedTransport(options.busPort(), guard))
        .withClusterManager(new HazelcastClusterManager(hazelcast))
        .buildClustered()
        .timeout(LONGEST_START_SECONDS, TimeUnit.SECONDS)
        .recover(this::nameSetting)
        .onSuccess(vertx -> vertx.eventBus().addOutboundInterceptor(sendFailureCounter));
  }

  private <T> Future<T> nameSetting(Throwable why) {
    String wanted =
        options.tls().isPresent()
            ? "cluster.tls: wanted PEM files that fit together"
            : "cluster.bus-port: wanted a port that can be listened on";
    return Future.failedFuture(
        new IllegalStateException(wanted + ", found " + why.getMessage(), why));
  }

  static EventBusOptions eventBus(ClusterOptions options) {
    EventBusOptions bus =
        new EventBusOptions()
            .setHost(options.host().getHostAddress())
            .setPort(options.busPort())
            .setConnectTimeout(CONNECT_TIMEOUT_MILLIS)
            .setClusterPingInterval(PING_INTERVAL_MILLIS)
            .setClusterPingReplyInterval(PING_REPLY_MILLIS);
    options
        .tls()
        .ifPresent(
            tls ->
                bus.setSsl(true)
                    .setClientAuth(ClientAuth.REQUIRED)
                    .setTrustAll(false) // The event bus' default is to believe everybody.
                    .setKeyCertOptions(
                        new PemKeyCertOptions()
                            .setCertPath(tls.certificate().toString())
                            .setKeyPath(tls.key().toString()))
                    .setTrustOptions(new PemTrustOptions().addCertPath(tls.trust().toString())));
    return bus;
  }

  /** How many members are instances of this service, this one included. */
  public int instances() {
    return membership.count().instances();
  }

  /** How many members are something else: publishers. */
  public int others() {
    return membership.count().others();
  }

  /** Returns the number of instances that left without announcing their departure. */
  public long lostInstances() {
    return membership.lost();
  }

  /** How many messages to other members could not be sent. */
  public long sendFailures() {
    return sendFailureCounter.count();
  }

  /**
   * Takes this member's addresses from the list that the others send by, and goes on answering: who
   * heard of it late is still served. Consumers that simply end leave such messages without an
   * answer.
   */
  public Future<Void> withdraw(Vertx vertx) {
    return vertx
        .<Void>executeBlocking(
            () -> {
              MultiMap<String, HazelcastRegistrationInfo> all =
                  hazelcast.getMultiMap(REGISTRATIONS);
              for (Map.Entry<String, HazelcastRegistrationInfo> one : all.entrySet()) {
                if (one.getValue().unwrap().nodeId().equals(nodeId)) {
                  all.remove(one.getKey(), one.getValue());
                }
              }
              return null;
            },
            false)
        .timeout(LONGEST_WITHDRAWAL_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Leaves the cluster after Vert.x has been closed: announces the departure, hands over its data
   * and closes its connections. Blocks, for a bounded time.
   */
  public void leave() {
    long start = System.nanoTime();
    membership.announceDeparture();
    hazelcast.shutdown();
    log.info(
        "Left the cluster within {} ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
  }
}
