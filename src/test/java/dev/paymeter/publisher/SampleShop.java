package dev.paymeter.publisher;

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
 * Sample application in the cluster that reports its sales with a {@link Publisher}. Every tenth
 * payment fails and is also reported as an error.
 */
public final class SampleShop extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(SampleShop.class);
  private static final Currency USD = Currency.getInstance("USD");
  private static final int SALES_AT_ONCE = 10;

  /** The defaults, with more time to send what is queued when it closes. */
  private static final PublisherOptions OPTIONS =
      PublisherOptions.DEFAULTS.withTimeouts(
          PublisherOptions.DEFAULTS.replyTimeout(),
          PublisherOptions.DEFAULTS.giveUpAfter(),
          Duration.ofSeconds(50));

  private final Duration betweenSales;
  private volatile @Nullable Publisher publisher;
  private long sales;

  /**
   * @param betweenSales interval between groups of ten sales
   */
  public SampleShop(Duration betweenSales) {
    this.betweenSales = betweenSales;
  }

  @Override
  public Future<?> start() {
    Publisher current =
        Publisher.create(vertx, "sample-shop", OPTIONS)
            .onRejected(row -> log.error("Rejected: {}", row))
            .onGivenUp(row -> log.error("Given up: {}", row));
    publisher = current;
    sales =
        vertx.setPeriodic(
            betweenSales.toMillis(),
            now -> {
              for (int sale = 0; sale < SALES_AT_ONCE; sale++) {
                sell(current, sale == 0);
              }
            });
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    vertx.cancelTimer(sales);
    Publisher current = publisher;
    return current == null ? Future.succeededFuture() : current.close();
  }

  /** Reports a sale. A real shop would use its database key as the id, to be able to repeat it. */
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
                ? new ProcessedPayment.Failure(
                    "PaymentGatewayException", "The gateway reported an error")
                : null,
            Instant.now()));
    if (fails) {
      publisher.error(id, "checkout", "PaymentFailed", Publisher.Severity.MEDIUM);
    } else {
      publisher.event(id, "order", amount, USD);
    }
  }

  /** Returns the counts of its reports so far. */
  public PublisherCounts counts() {
    Publisher current = publisher;
    return current == null ? new PublisherCounts(0, 0, 0, 0, 0, 0) : current.counts();
  }

  /**
   * Joins a Paymeter cluster on this machine and starts to sell.
   *
   * @param members {@code host:port} of some or all members
   */
  public static void main(String... members) {
    SampleShop shop = new SampleShop(Duration.ofMillis(10));
    Vertx.builder()
        .withClusterManager(
            new HazelcastClusterManager(PaymeterCluster.hazelcast(List.of(members))))
        .buildClustered()
        .onSuccess(
            vertx -> {
              vertx.deployVerticle(shop);
              vertx.setPeriodic(1000, tick -> log.info("{}", shop.counts()));
            })
        .onFailure(failure -> log.error("Could not join the cluster", failure));
  }
}
