package dev.paymeter.support;

import java.nio.file.Path;

/**
 * The number of this JVM among those that run tests in parallel: each has its own directories and
 * ports.
 */
public final class TestFork {
  private static final int NUMBER = Integer.parseInt(System.getProperty("test.fork", "1"));

  /** Below the ephemeral ports of the kernel, which could be taken between two starts. */
  private static final int FIRST_PORT = 20_000;

  /** Enough for four forks. */
  static final int PORTS = 3_000;

  private TestFork() {}

  /** Returns the first of {@link #PORTS} ports that no other fork uses. */
  static int firstPort() {
    return FIRST_PORT + (NUMBER - 1) * PORTS;
  }

  /** Returns a directory that no other fork uses, and that later runs reuse. */
  public static Path directory(String name) {
    return Path.of("target", name + "-" + NUMBER);
  }
}
