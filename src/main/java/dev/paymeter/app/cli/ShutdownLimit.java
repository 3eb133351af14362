package dev.paymeter.app.cli;

import dev.paymeter.logging.LoggingSetup;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limit of a whole shutdown. Each step has a limit of its own; this one also covers steps that
 * block.
 *
 * @param unconfirmed returns what is not done
 * @param halt ends the process with an exit code
 */
record ShutdownLimit(Duration limit, Supplier<List<String>> unconfirmed, IntConsumer halt) {
  private static final Logger log = LoggerFactory.getLogger(ShutdownLimit.class);

  /** Ends the process when the limit has passed, unless it has ended by then. */
  void start() {
    Thread thread = new Thread(this::run, "shutdown-limit");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      TimeUnit.NANOSECONDS.sleep(limit.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    log.error(
        "Ended after {} s; not confirmed: {}",
        limit.toSeconds(),
        String.join(", ", unconfirmed.get()));
    LoggingSetup.flush();
    halt.accept(ServiceRunner.FAILED);
  }
}
