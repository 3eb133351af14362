package dev.paymeter.app;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.http.management.Health;
import dev.paymeter.http.management.ManagementVerticle;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.http.TestVerticles;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.junit5.VertxExtension;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class PredecessorTest {
  @Test
  void isShuttingDown_paymeter_isAsItsReadinessShows(Vertx vertx) {
    Health health = new Health();
    ManagementVerticle management =
        TestVerticles.management(
            health, (format, gzip) -> Future.failedFuture("no metrics"), new Sampling(1));
    await(vertx.deployVerticle(management));
    Predecessor predecessor = at(vertx, management.port());
    assertThat(predecessor.isShuttingDown()).as("while it starts").isFalse();
    health.markServing(Future::succeededFuture);
    assertThat(predecessor.isShuttingDown()).as("while it serves").isFalse();

    health.markDraining();

    assertThat(predecessor.isShuttingDown()).isTrue();
  }

  /** Regression: each request had a client of its own, with a thread. */
  @Test
  void isShuttingDown_askedAgain_usesTheSameConnection(Vertx vertx) {
    AtomicInteger connections = new AtomicInteger();
    HttpServer server =
        await(
            vertx
                .createHttpServer()
                .connectionHandler(opened -> connections.incrementAndGet())
                .requestHandler(request -> request.response().end("{}"))
                .listen(0, "127.0.0.1"));
    Predecessor predecessor = at(vertx, server.actualPort());

    assertThat(predecessor.isShuttingDown()).isFalse();
    assertThat(predecessor.isShuttingDown()).isFalse();

    assertThat(connections).hasValue(1);
  }

  @Test
  void isShuttingDown_anotherProgramOrNone_isFalse(Vertx vertx) {
    var other =
        await(
            vertx
                .createHttpServer()
                .requestHandler(request -> request.response().end("null"))
                .listen(0, "127.0.0.1"));

    assertThat(at(vertx, other.actualPort()).isShuttingDown()).isFalse();
    assertThat(at(vertx, TestServer.freePort()).isShuttingDown()).isFalse();
  }

  private static Predecessor at(Vertx vertx, int port) {
    return new Predecessor(
        "http://127.0.0.1:" + port, port, new VertxScheduler(vertx), () -> false, progress -> {});
  }
}
