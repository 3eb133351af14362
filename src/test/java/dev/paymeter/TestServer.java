package dev.paymeter;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A server that a test has started, as a process of its own. */
final class TestServer {
  private TestServer() {}

  /** Asks it to end, and makes it end where it has not done so in time. */
  static void end(Process process, Duration patience) {
    process.destroy();
    try {
      if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
