package dev.paymeter.app;

import dev.paymeter.payment.port.LedgerUnavailableException;
import io.vertx.core.Future;
import java.net.BindException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Blocking waits for futures, for the threads that start and close the service. */
public final class BlockingFutures {
  private static final Logger log = LoggerFactory.getLogger(BlockingFutures.class);

  private BlockingFutures() {}

  /**
   * Waits without a limit.
   *
   * @throws IllegalStateException with the failure as its cause
   */
  public static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get();
    } catch (ExecutionException e) {
      throw failed(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /**
   * Waits for a limited time, which this thread measures: timers of a Vert.x that is closing may
   * never expire.
   *
   * @throws IllegalStateException with the failure as its cause
   */
  static <T> T await(Future<T> future, Duration limit) throws TimeoutException {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw failed(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IllegalStateException failed(ExecutionException failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return new IllegalStateException(cause.getMessage(), cause);
  }

  private static IllegalStateException interrupted(InterruptedException interruption) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted", interruption);
  }

  /**
   * Waits for a verticle that listens on a port.
   *
   * @param setting that configures the port
   * @param port its number
   * @throws PortInUseException naming the setting
   */
  static String awaitPort(String setting, int port, Future<String> deployment) {
    try {
      return await(deployment);
    } catch (IllegalStateException e) {
      if (e.getCause() instanceof BindException) {
        throw new PortInUseException(
            setting + ": expected a free port, found one in use (" + port + ")", e);
      }
      throw e;
    }
  }

  /**
   * Waits for a step of the shutdown; a failure is logged.
   *
   * @param limit longest wait
   * @return whether the step has succeeded
   */
  static boolean awaitQuietly(String action, Future<?> step, Duration limit) {
    try {
      await(step, limit);
      return true;
    } catch (TimeoutException e) {
      log.warn("Cannot {}: not done within {} ms", action, limit.toMillis());
    } catch (IllegalStateException e) {
      if (e.getCause() instanceof LedgerUnavailableException) {
        log.warn("Cannot {}: {}", action, e.getMessage());
      } else {
        log.error("Cannot {}", action, e);
      }
    }
    return false;
  }
}
