package dev.paymeter;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;

/** Waiting for futures, on threads that may wait: those that start and close the service. */
final class Blocking {
  private Blocking() {}

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
}
