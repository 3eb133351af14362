package dev.paymeter.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that a test has started, as a process of its own. */
public final class TestServer {
  private static final AtomicInteger nextPort =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(TestFork.PORTS));

  private TestServer() {}

  /** One that nobody listens on, and that is given to no other test. */
  public static int freePort() {
    for (int attempt = 0; attempt < 100; attempt++) {
      int port = TestFork.firstPort() + nextPort.getAndIncrement() % TestFork.PORTS;
      try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return free.getLocalPort();
      } catch (IOException taken) {
        // The next one, then.
      }
    }
    throw new IllegalStateException("no free port");
  }

  /**
   * @param name such as STOP
   */
  public static void signal(Process process, String name) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, process.pid() + "").inheritIO().start();
      assertThat(kill.waitFor()).isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Asks it to end, and makes it end where it has not done so in time. */
  public static void end(Process process, Duration patience) {
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
