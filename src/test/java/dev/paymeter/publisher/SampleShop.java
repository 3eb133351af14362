package dev.paymeter.publisher;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Currency;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A shop that sells all the time, and reports what it does: what an application in the cluster
 * makes of a {@link Publisher}. Every tenth payment fails, and is an error of its checkout, too.
 */
public final class SampleShop extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(SampleShop.class);
  private static final Currency USD = Currency.getInstance("USD");
  private static final int SALES_AT_ONCE = 10;

  /** What all members of Paymeter's cluster must agree on. */
  private static final List<String> TIMES =
      List.of(
          "hazelcast.wait.seconds.before.join=0",
          "hazelcast.heartbeat.interval.seconds=1",
          "hazelcast.max.no.heartbeat.seconds=5",
          "hazelcast.mastership.claim.timeout.seconds=10",
          "hazelcast.merge.first.run.delay.seconds=5",
          "hazelcast.merge.next.run.delay.seconds=5");

  private final Duration betweenSales;
  private volatile @Nullable Publisher publisher;
  private long sales;

  /**
   * @param betweenSales to the millisecond; then there are ten at once
   */
  public SampleShop(Duration betweenSales) {
    this.betweenSales = betweenSales;
  }

  @Override
  public Future<?> start() {
    Publisher made =
        Publisher.create(vertx, "sample-shop")
            .onRejected(row -> log.error("Rejected: {}", row))
            .onGivenUp(row -> log.error("Report it again: {}", row));
    publisher = made;
    sales =
        vertx.setPeriodic(
            betweenSales.toMillis(),
            now -> {
              for (int sale = 0; sale < SALES_AT_ONCE; sale++) {
                sell(made, sale == 0);
              }
            });
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    vertx.cancelTimer(sales);
    Publisher made = publisher;
    return made == null ? Future.succeededFuture() : made.close();
  }

  /** A shop with a database would take its own key as the id, and could report it again. */
  private static void sell(Publisher publisher, boolean fails) {
    String id = UUID.randomUUID().toString();
    BigDecimal amount = new BigDecimal("19.90");
    publisher.payment(
        new ProcessedPayment(
            id,
            "order-" + id,
            "user-7",
            amount,
            USD,
            "standard",
            "credit_card",
            "stripe",
            Duration.ofMillis(120),
            fails
                ? new ProcessedPayment.Failure("PaymentGatewayException", "Gateway timeout")
                : null,
            Instant.now()));
    if (fails) {
      publisher.error(id, "checkout", "PaymentFailed", Publisher.Severity.MEDIUM);
    } else {
      publisher.event(id, "order", amount, USD);
    }
  }

  /** What became of its reports so far. */
  public PublisherCounts counts() {
    Publisher made = publisher;
    return made == null ? new PublisherCounts(0, 0, 0, 0, 0, 0) : made.counts();
  }

  /**
   * Joins a cluster of Paymeter's on this machine, and sells.
   *
   * @param members {@code host:port} of some or all
   */
  public static void main(String... members) {
    Config config = new Config().setClusterName("paymeter").setLiteMember(true);
    TIMES.forEach(time -> config.setProperty(time.split("=", 2)[0], time.split("=", 2)[1]));
    JoinConfig join = config.getNetworkConfig().getJoin();
    join.getMulticastConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true).setMembers(List.of(members));
    SampleShop shop = new SampleShop(Duration.ofMillis(10));
    Vertx.builder()
        .withClusterManager(new HazelcastClusterManager(config))
        .buildClustered()
        .onSuccess(
            vertx -> {
              vertx.deployVerticle(shop);
              vertx.setPeriodic(1000, tick -> log.info("{}", shop.counts()));
            })
        .onFailure(failure -> log.error("Not in the cluster", failure));
  }
}
