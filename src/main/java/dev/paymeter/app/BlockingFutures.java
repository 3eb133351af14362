package dev.paymeter.app;

import io.vertx.core.Future;
import java.net.BindException;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waiting for futures, on threads that may wait: those that start and close the service. */
final class BlockingFutures {
  private static final Logger log = LoggerFactory.getLogger(BlockingFutures.class);

  private BlockingFutures() {}

  /**
   * Waits for as long as it takes.
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
   * @param setting where the port comes from
   * @throws IllegalStateException naming the setting, where the port is taken
   */
  static String awaitPort(String setting, Future<String> deployment) {
    try {
      return await(deployment);
    } catch (IllegalStateException e) {
      if (e.getCause() instanceof BindException taken) {
        throw new IllegalStateException(
            setting + ": wanted a free port, found one in use (" + taken.getMessage() + ")", e);
      }
      throw e;
    }
  }

  /** Waits for a step of a shutdown, which goes on whatever becomes of it. */
  static void quietly(String what, Future<?> step) {
    try {
      await(step);
    } catch (IllegalStateException e) {
      log.error("Cannot {}", what, e);
    }
  }
}
