package com.example.shop;

import com.hazelcast.config.Config;
import dev.paymeter.publisher.PaymeterCluster;
import dev.paymeter.publisher.Publisher;
import io.vertx.core.Vertx;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.List;

/** Reports an order. Arguments: the name of the cluster, and the address of a member. */
public final class Shop {
  private Shop() {}

  public static void main(String[] arguments) {
    Config config = PaymeterCluster.hazelcast(List.of(arguments[1])).setClusterName(arguments[0]);
    Vertx.builder()
        .withClusterManager(new HazelcastClusterManager(config))
        .buildClustered()
        .onSuccess(Shop::report)
        .onFailure(Throwable::printStackTrace);
  }

  private static void report(Vertx vertx) {
    Publisher publisher = Publisher.create(vertx, "shop");
    publisher.event("order-1", "order", new BigDecimal("19.90"), Currency.getInstance("USD"));
    publisher
        .close()
        .onComplete(
            closed -> {
              System.out.println(publisher.counts());
              vertx.close();
            });
  }
}
