package dev.paymeter.app;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;

/** Threads for verticles that block. */
final class WorkerThreads {
  private WorkerThreads() {}

  /**
   * To deploy one verticle on a thread of its own: Vert.x's shared ones may all be waiting, for a
   * member of the cluster that has fallen silent.
   *
   * @param name of the thread, and of its pool's metrics
   */
  static DeploymentOptions own(String name) {
    return new DeploymentOptions()
        .setThreadingModel(ThreadingModel.WORKER)
        .setWorkerPoolName(name)
        .setWorkerPoolSize(1);
  }
}
