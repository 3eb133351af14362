package dev.paymeter;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.VertxOptions;

/** The event loops of the service: as many as Vert.x makes when it is not told. */
final class EventLoops {
  static final int COUNT = VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE;

  private EventLoops() {}

  /** To deploy a verticle on each of them. */
  static DeploymentOptions each() {
    return new DeploymentOptions().setInstances(COUNT);
  }
}
