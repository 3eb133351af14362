package dev.paymeter.app;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.junit5.VertxExtension;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class DeploymentsTest {
  /** Regression: /metrics was blocked while a cluster member did not respond. */
  @Test
  void own_allSharedWorkersBlocked_deploys(Vertx vertx) {
    CountDownLatch response = new CountDownLatch(1);
    for (int i = 0; i < VertxOptions.DEFAULT_WORKER_POOL_SIZE; i++) {
      vertx.executeBlocking(() -> response.await(1, TimeUnit.MINUTES), false);
    }
    VerticleBase idle =
        new VerticleBase() {
          @Override
          public Future<?> start() {
            return Future.succeededFuture();
          }
        };

    String deployed = await(vertx.deployVerticle(idle, Deployments.onDedicatedThread("a-worker")));

    assertThat(deployed).isNotEmpty();
    response.countDown();
  }
}
