package dev.paymeter.app;

import io.vertx.core.Deployable;
import io.vertx.core.Vertx;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Supplier;

/**
 * Verticles that build on each other: the last deployed is the first to go. Its methods block; call
 * them from a thread of your own.
 */
final class Deployments {
  private final Vertx vertx;
  private final Deque<String> ids = new ConcurrentLinkedDeque<>();

  Deployments(Vertx vertx) {
    this.vertx = vertx;
  }

  void deployOnEachLoop(Supplier<Deployable> verticles) {
    ids.addFirst(BlockingFutures.await(vertx.deployVerticle(verticles, EventLoops.each())));
  }

  void deployOnce(Deployable verticle) {
    ids.addFirst(BlockingFutures.await(vertx.deployVerticle(verticle)));
  }

  /** Takes all of them away; what fails is logged. */
  void undeploy() {
    ids.forEach(id -> BlockingFutures.quietly("take no more messages", vertx.undeploy(id)));
  }
}
