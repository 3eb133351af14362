package dev.paymeter.app;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.VertxOptions;

/** The event loops of the service: as many as Vert.x makes when it is not told. */
public final class EventLoops {
  public static final int COUNT = VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE;

  private EventLoops() {}

  /** To deploy a verticle on each of them. */
  public static DeploymentOptions each() {
    return new DeploymentOptions().setInstances(COUNT);
  }
}
