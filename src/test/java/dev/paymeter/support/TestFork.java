package dev.paymeter.support;

import java.nio.file.Path;

/**
 * Which one this JVM is of those that run tests at the same time: each has directories and ports of
 * its own.
 */
public final class TestFork {
  private static final int NUMBER = Integer.parseInt(System.getProperty("test.fork", "1"));

  /** Below the ports that the kernel gives away: nobody takes one between two starts. */
  private static final int FIRST_PORT = 20_000;

  /** Enough for three forks. */
  static final int PORTS = 4_000;

  private TestFork() {}

  /** The first of {@link #PORTS} that no other fork uses. */
  static int firstPort() {
    return FIRST_PORT + (NUMBER - 1) * PORTS;
  }

  /** A directory that no other fork uses, and later runs find again. */
  public static Path directory(String name) {
    return Path.of("target", name + "-" + NUMBER);
  }
}
