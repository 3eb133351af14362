package dev.paymeter.support.load;

import static dev.paymeter.support.Await.await;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import dev.paymeter.bus.Addresses;
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

/** Any Vert.x application in the cluster, with nothing of ours: it reports business events. */
public final class BusPublisher implements AutoCloseable {
  private static final long LONGEST_REPLY_MILLIS = 10_000;

  /** What all members must agree on, as the architecture's page says. */
  private static final Map<String, String> TIMES =
      Map.of(
          "hazelcast.wait.seconds.before.join", "0",
          "hazelcast.heartbeat.interval.seconds", "1",
          "hazelcast.max.no.heartbeat.seconds", "5",
          "hazelcast.partial.member.disconnection.resolution.heartbeat.count", "5",
          "hazelcast.mastership.claim.timeout.seconds", "10",
          "hazelcast.merge.first.run.delay.seconds", "5",
          "hazelcast.merge.next.run.delay.seconds", "5");

  private final Vertx vertx;
  private final HazelcastClusterManager manager;

  private BusPublisher(Vertx vertx, HazelcastClusterManager manager) {
    this.vertx = vertx;
    this.manager = manager;
  }

  /** One that keeps none of the cluster's data, as publishers should. */
  public static BusPublisher join(String cluster, List<String> members) {
    return join(cluster, "127.0.0.1", members);
  }

  /** The same on another host than this one's own. */
  public static BusPublisher join(String cluster, String host, List<String> members) {
    return join(new Config().setLiteMember(true), cluster, host, members, new EventBusOptions());
  }

  /** One that can be alone: before an instance comes, or when the last is gone. */
  public static BusPublisher joinAsMember(String cluster, List<String> members) {
    return join(new Config(), cluster, members, new EventBusOptions());
  }

  /** Returns when it is a member: of the cluster that is there, or of one of its own. */
  public static BusPublisher join(
      Config config, String cluster, List<String> members, EventBusOptions bus) {
    return join(config, cluster, "127.0.0.1", members, bus);
  }

  private static BusPublisher join(
      Config config, String cluster, String host, List<String> members, EventBusOptions bus) {
    config.setClusterName(cluster);
    TIMES.forEach(config::setProperty);
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.getNetworkConfig().setPort(TestServer.freePort());
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface(host);
    JoinConfig join = config.getNetworkConfig().getJoin();
    join.getMulticastConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true).setMembers(members);
    HazelcastClusterManager manager = new HazelcastClusterManager(config);
    Vertx vertx =
        await(
            Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(bus.setHost(host)))
                .withClusterManager(manager)
                .buildClustered());
    return new BusPublisher(vertx, manager);
  }

  /** Runs a verticle within the application. */
  public void deploy(Deployable verticle) {
    await(vertx.deployVerticle(verticle));
  }

  /** Returns when every verticle has stopped. */
  public void undeployAll() {
    vertx.deploymentIDs().forEach(id -> await(vertx.undeploy(id)));
  }

  /** Where instances find it. */
  public String address() {
    return "127.0.0.1:"
        + manager.getHazelcastInstance().getCluster().getLocalMember().getAddress().getPort();
  }

  public int members() {
    return manager.getNodes().size();
  }

  /** Does something on an event loop; those that are asked for one after the other take turns. */
  public void run(Runnable work) {
    await(
        vertx.deployVerticle(
            context -> {
              work.run();
              return Future.succeededFuture();
            }));
  }

  /** Takes what is sent to an address, and answers with the same to each. */
  public void answer(String address, Object reply) {
    await(vertx.eventBus().consumer(address, message -> message.reply(reply)).completion());
  }

  /** Gets the bodies of what is published at an address. */
  public void listen(String address, Consumer<Object> listener) {
    await(
        vertx
            .eventBus()
            .consumer(address, message -> listener.accept(message.body()))
            .completion());
  }

  /** Loses messages that come, on the last step of their way. */
  public void lose(Predicate<Object> isLost) {
    vertx
        .eventBus()
        .addInboundInterceptor(
            delivery -> {
              if (!isLost.test(delivery.message().body())) {
                delivery.next();
              }
            });
  }

  /** Sends anything, and gives the reply's body. */
  public Future<Object> request(String address, Object body) {
    return vertx
        .eventBus()
        .request(address, body, new DeliveryOptions().setSendTimeout(LONGEST_REPLY_MILLIS))
        .map(Message::body);
  }

  /** Sends anything, with headers, and gives the reply. */
  public Message<Object> ask(String address, Object body, Map<String, String> headers) {
    DeliveryOptions options = new DeliveryOptions().setSendTimeout(LONGEST_REPLY_MILLIS);
    headers.forEach(options::addHeader);
    return await(vertx.eventBus().request(address, body, options));
  }

  /** Reports a refund of one dollar, and gives what became of it. */
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

  /** Repeats itself under the same id until there is an answer, as publishers do. */
  public String reportUntilAnswered(String id) {
    return Await.first(() -> Optional.of(await(report(id))));
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
