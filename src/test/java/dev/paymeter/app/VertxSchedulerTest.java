package dev.paymeter.app;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class VertxSchedulerTest {
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final Logger netty = (Logger) LoggerFactory.getLogger("io.netty");
  private final Vertx vertx = Vertx.vertx();
  private final VertxScheduler scheduler = new VertxScheduler(vertx);

  @BeforeEach
  void attach() {
    lines.start();
    netty.addAppender(lines);
  }

  @AfterEach
  void detach() {
    netty.detachAppender(lines);
    await(vertx.close());
  }

  private Future<String> deploy(DeploymentOptions options, Consumer<Context> start) {
    return vertx.deployVerticle(
        context -> {
          start.accept(context);
          return Future.succeededFuture();
        },
        options);
  }

  /** Undeploying a verticle does not cancel its actions, as payments in flight have to finish. */
  @Test
  void after_undeployedVerticle_runsOnItsContext() {
    Promise<Context> passed = Promise.promise();
    AtomicReference<Context> verticle = new AtomicReference<>();
    String id =
        await(
            deploy(
                new DeploymentOptions(),
                context -> {
                  verticle.set(context);
                  scheduler.after(
                      Duration.ofMillis(1), () -> passed.complete(vertx.getOrCreateContext()));
                }));
    await(vertx.undeploy(id));

    assertThat(await(passed.future())).isSameAs(verticle.get());
  }

  @Test
  void after_canceled_doesNotRun() {
    AtomicBoolean hasRun = new AtomicBoolean();
    Promise<Void> later = Promise.promise();
    // On an event loop, which cannot run the action before it is canceled.
    vertx.runOnContext(
        start -> {
          scheduler.after(Duration.ofMillis(1), () -> hasRun.set(true)).run();
          scheduler.after(Duration.ofMillis(2), later::complete);
        });

    await(later.future());
    assertThat(hasRun).isFalse();
  }

  /** Regression: a shutdown while the ledger did not respond ended with a stack trace. */
  @Test
  void close_actionOfWorkerPending_logsNothing() {
    DeploymentOptions worker = Deployments.onDedicatedThread("a-worker");
    await(deploy(worker, context -> scheduler.after(Duration.ofHours(1), () -> {})));

    await(vertx.close());

    assertThat(lines.list).isEmpty();
  }
}
