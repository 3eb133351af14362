package dev.paymeter.app;

import io.vertx.core.Future;
import java.net.BindException;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Blocking waits for futures, for the threads that start and close the service. */
final class BlockingFutures {
  private static final Logger log = LoggerFactory.getLogger(BlockingFutures.class);

  private BlockingFutures() {}

  /**
   * Waits without a limit.
   *
   * @throws IllegalStateException with the failure as its cause
   */
  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IllegalStateException(cause.getMessage(), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /**
   * Waits for a verticle that listens on a port.
   *
   * @param setting that configures the port
   * @param port its number
   * @throws IllegalStateException naming the setting, if the port is in use
   */
  static String awaitPort(String setting, int port, Future<String> deployment) {
    try {
      return await(deployment);
    } catch (IllegalStateException e) {
      if (e.getCause() instanceof BindException) {
        throw new IllegalStateException(
            setting + ": expected a free port, found one in use (" + port + ")", e);
      }
      throw e;
    }
  }

  /** Waits for a step of the shutdown; a failure is logged and does not stop the shutdown. */
  static void awaitQuietly(String action, Future<?> step) {
    try {
      await(step);
    } catch (IllegalStateException e) {
      log.error("Cannot {}", action, e);
    }
  }
}
