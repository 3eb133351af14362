package dev.paymeter.app;

import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Supplier;

/**
 * Deployed verticles that depend on each other, undeployed in reverse order. Deploying blocks; do
 * not call it on an event loop.
 */
public final class Deployments {
  /** The number of event loops of the service: the default of Vert.x. */
  public static final int EVENT_LOOPS = VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE;

  private final Vertx vertx;
  private final Deque<String> ids = new ConcurrentLinkedDeque<>();

  Deployments(Vertx vertx) {
    this.vertx = vertx;
  }

  void deployOnEachLoop(Supplier<Deployable> verticles) {
    ids.addFirst(BlockingFutures.await(vertx.deployVerticle(verticles, onePerLoop())));
  }

  void deployOnce(Deployable verticle) {
    ids.addFirst(BlockingFutures.await(vertx.deployVerticle(verticle)));
  }

  /** Undeploys all verticles, also after a failure, which is returned. Does not block. */
  Future<?> undeploy() {
    Future<?> undeployed = Future.succeededFuture();
    for (String id : ids) {
      undeployed = undeployed.eventually(() -> vertx.undeploy(id));
    }
    return undeployed;
  }

  /**
   * Returns options with a dedicated thread: all shared workers may be blocked by a cluster member
   * that does not respond.
   *
   * @param name of the thread and of its pool in the metrics
   */
  static DeploymentOptions onDedicatedThread(String name) {
    return new DeploymentOptions()
        .setThreadingModel(ThreadingModel.WORKER)
        .setWorkerPoolName(name)
        .setWorkerPoolSize(1);
  }

  /** Returns options that deploy one instance of a verticle on each event loop. */
  public static DeploymentOptions onePerLoop() {
    return new DeploymentOptions().setInstances(EVENT_LOOPS);
  }
}
