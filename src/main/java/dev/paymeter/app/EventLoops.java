package dev.paymeter.app;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.VertxOptions;

/** Event loops of the service: the default number of Vert.x. */
public final class EventLoops {
  public static final int COUNT = VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE;

  private EventLoops() {}

  /** Returns options that deploy one instance of a verticle on each event loop. */
  public static DeploymentOptions onePerLoop() {
    return new DeploymentOptions().setInstances(COUNT);
  }
}
