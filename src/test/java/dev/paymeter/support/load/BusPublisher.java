package dev.paymeter.support.load;

import static dev.paymeter.support.Await.await;

import com.hazelcast.config.Config;
import dev.paymeter.bus.Addresses;
import dev.paymeter.publisher.PaymeterCluster;
import dev.paymeter.support.Await;
import dev.paymeter.support.TestServer;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A Vert.x application in the cluster that reports business events in messages of its own. */
public final class BusPublisher implements AutoCloseable {
  private static final long REPLY_TIMEOUT_MILLIS = 10_000;

  private final Vertx vertx;
  private final HazelcastClusterManager manager;

  private BusPublisher(Vertx vertx, HazelcastClusterManager manager) {
    this.vertx = vertx;
    this.manager = manager;
  }

  /** Joins as a lite member, which stores none of the cluster's data, as publishers should. */
  public static BusPublisher join(String cluster, List<String> members) {
    return join(cluster, members, new EventBusOptions());
  }

  /** Joins with other options of the event bus. */
  public static BusPublisher join(String cluster, List<String> members, EventBusOptions bus) {
    return join(PaymeterCluster.hazelcast(members), cluster, "127.0.0.1", bus);
  }

  /** Joins from a given address of this machine. */
  public static BusPublisher join(String cluster, String host, List<String> members) {
    return join(PaymeterCluster.hazelcast(members), cluster, host, new EventBusOptions());
  }

  /**
   * Joins as a full member, which can form a cluster alone: before an instance starts, or after the
   * last has stopped.
   */
  public static BusPublisher joinAsMember(String cluster, List<String> members) {
    return joinAsMember(cluster, members, new EventBusOptions());
  }

  /** Joins as a full member with other options of the event bus. */
  public static BusPublisher joinAsMember(
      String cluster, List<String> members, EventBusOptions bus) {
    Config config = PaymeterCluster.hazelcast(members).setLiteMember(false);
    return join(config, cluster, "127.0.0.1", bus);
  }

  /** Returns when it is a member of the existing cluster, or of a new one. */
  private static BusPublisher join(
      Config config, String cluster, String host, EventBusOptions bus) {
    config.setClusterName(cluster);
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.getNetworkConfig().setPort(TestServer.freePort());
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface(host);
    HazelcastClusterManager manager = new HazelcastClusterManager(config);
    Vertx vertx =
        await(
            Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(bus.setHost(host)))
                .withClusterManager(manager)
                .buildClustered());
    return new BusPublisher(vertx, manager);
  }

  /** Deploys a verticle in the application. */
  public void deploy(Deployable verticle) {
    await(vertx.deployVerticle(verticle));
  }

  /** Returns when every verticle has stopped. */
  public void undeployAll() {
    vertx.deploymentIDs().forEach(id -> await(vertx.undeploy(id)));
  }

  /** Returns host and port for instances. */
  public String address() {
    return "127.0.0.1:"
        + manager.getHazelcastInstance().getCluster().getLocalMember().getAddress().getPort();
  }

  public int members() {
    return manager.getNodes().size();
  }

  /** Runs {@code work} on an event loop; successive calls use the event loops in turn. */
  public void runOnEventLoop(Runnable work) {
    await(
        vertx.deployVerticle(
            context -> {
              work.run();
              return Future.succeededFuture();
            }));
  }

  /** Replies to every message at an address with the same body. */
  public void replyWith(String address, Object reply) {
    await(vertx.eventBus().consumer(address, message -> message.reply(reply)).completion());
  }

  /** Receives the bodies of the messages published at an address. */
  public void listen(String address, Consumer<Object> listener) {
    await(
        vertx
            .eventBus()
            .consumer(address, message -> listener.accept(message.body()))
            .completion());
  }

  /** Drops received messages before they are delivered. */
  public void drop(Predicate<Object> isLost) {
    vertx
        .eventBus()
        .addInboundInterceptor(
            delivery -> {
              if (!isLost.test(delivery.message().body())) {
                delivery.next();
              }
            });
  }

  /** Sends a request and returns the reply's body. */
  public Future<Object> request(String address, Object body) {
    return vertx
        .eventBus()
        .request(address, body, new DeliveryOptions().setSendTimeout(REPLY_TIMEOUT_MILLIS))
        .map(Message::body);
  }

  /** Sends a request with headers and waits for the reply. */
  public Message<Object> requestMessage(String address, Object body, Map<String, String> headers) {
    DeliveryOptions options = new DeliveryOptions().setSendTimeout(REPLY_TIMEOUT_MILLIS);
    headers.forEach(options::addHeader);
    return await(vertx.eventBus().request(address, body, options));
  }

  /** Reports a refund of one dollar and returns the outcome. */
  public Future<String> report(String id) {
    return request(
            Addresses.OBSERVATIONS,
            new JsonObject()
                .put("kind", "event")
                .put("publisher", "test")
                .put("id", id)
                .put("event", "refund")
                .put("amount", "1.00"))
        .map(reply -> ((JsonObject) reply).getString("outcome"));
  }

  /**
   * Repeats a report with the same id until there is a reply, as publishers do. Without its oldest
   * member, a cluster needs more than a minute to recover when the machine is busy.
   */
  public String reportWithRetry(String id) {
    return Await.first(Await.LONG_RUN, () -> Optional.of(await(report(id))));
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
