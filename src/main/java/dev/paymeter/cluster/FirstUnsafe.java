package dev.paymeter.cluster;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * From Java 24 on, the first use of {@code sun.misc.Unsafe} in a process prints warnings to the
 * standard error, between log lines that ought to be JSON, and Hazelcast is who uses it first.
 * Which Java still allows it is known without them.
 */
final class FirstUnsafe {
  private static final String USER = "com.hazelcast.internal.memory.impl.UnsafeUtil";

  private FirstUnsafe() {}

  /** Lets it happen now, keeping back these warnings and nothing else. */
  static void getOver() {
    PrintStream before = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      Class.forName(USER);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("another Hazelcast than this was written for", e);
    } finally {
      System.setErr(before);
    }
    printed
        .toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.startsWith("WARNING: "))
        .forEach(before::println);
  }
}
