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

/** Ports and signals for server processes of tests. */
public final class TestServer {
  private static final AtomicInteger nextPort =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(TestFork.PORTS));

  private TestServer() {}

  /** Returns a port that is free and that no other test gets. */
  public static int freePort() {
    for (int attempt = 0; attempt < 100; attempt++) {
      int port = TestFork.firstPort() + nextPort.getAndIncrement() % TestFork.PORTS;
      try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return free.getLocalPort();
      } catch (IOException taken) {
        // Tries the next port.
      }
    }
    throw new IllegalStateException("no free port");
  }

  /**
   * @param name such as STOP
   */
  public static void signal(Process process, String name) {
    signal(process.toHandle(), name);
  }

  /**
   * @param name such as STOP
   */
  public static void signal(ProcessHandle process, String name) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, process.pid() + "").inheritIO().start();
      assertThat(kill.waitFor()).isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Terminates a process, and kills it if it has not ended in time. */
  public static void terminate(Process process, Duration timeout) {
    process.destroy();
    try {
      if (!process.waitFor(timeout.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
