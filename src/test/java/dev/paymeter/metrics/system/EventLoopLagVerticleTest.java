package dev.paymeter.metrics.system;

import static dev.paymeter.support.Await.await;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class EventLoopLagVerticleTest {
  private static final int LOOPS = 3;
  private static final int TICKS = 2;

  @Test
  void deploy_oneForEachLoop_measuresAllRepeatedly() throws InterruptedException {
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(LOOPS));
    try {
      CountDownLatch ticks = new CountDownLatch(LOOPS * TICKS);
      Set<Thread> loops = ConcurrentHashMap.newKeySet();

      await(
          vertx.deployVerticle(
              () ->
                  new EventLoopLagVerticle(
                      EventLoopLagVerticle.INTERVAL,
                      nanos -> {
                        assertThat(Context.isOnEventLoopThread()).isTrue();
                        loops.add(Thread.currentThread());
                        ticks.countDown();
                      }),
              new DeploymentOptions().setInstances(LOOPS)));

      assertThat(ticks.await(60, SECONDS)).isTrue();
      assertThat(loops).hasSize(LOOPS);
    } finally {
      await(vertx.close());
    }
  }
}
