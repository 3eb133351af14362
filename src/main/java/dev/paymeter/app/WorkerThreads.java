package dev.paymeter.app;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;

/** Deployment options of verticles that block. */
final class WorkerThreads {
  private WorkerThreads() {}

  /**
   * Returns options with a dedicated thread: all shared workers may be blocked by a cluster member
   * that does not respond.
   *
   * @param name of the thread and of its pool in the metrics
   */
  static DeploymentOptions dedicated(String name) {
    return new DeploymentOptions()
        .setThreadingModel(ThreadingModel.WORKER)
        .setWorkerPoolName(name)
        .setWorkerPoolSize(1);
  }
}
