package dev.paymeter.app.cli;

/**
 * Exit at a second Ctrl-C. By default, the JVM ignores it while the shutdown that the first one
 * began is in progress.
 */
final class SecondInterrupt {
  /** The exit code of shells for a process that SIGINT ended. */
  static final int EXIT_CODE = 128 + 2;

  private SecondInterrupt() {}

  /** From now on, SIGINT ends the process at once, as {@code kill -9} does. */
  @SuppressWarnings("sunapi") // There is no other interface to signals.
  static void enable() {
    try {
      sun.misc.Signal.handle(
          new sun.misc.Signal("INT"), signal -> Runtime.getRuntime().halt(EXIT_CODE));
    } catch (IllegalArgumentException notSupported) {
      // By the platform, or because the JVM runs with -Xrs.
    }
  }
}
