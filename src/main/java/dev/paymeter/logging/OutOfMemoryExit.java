package dev.paymeter.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * Exit of the process after an {@link OutOfMemoryError}, as by the JVM's option {@code
 * ExitOnOutOfMemoryError}, which a jar cannot set: a process without memory stays alive and does
 * not respond. A supervisor replaces it; the next process restores its counters from the ledger.
 */
public final class OutOfMemoryExit {
  // An error is found in three ways. Libraries catch most errors and log them, so every log call
  // is examined, before it allocates memory. A thread whose logging fails, too, ends with an
  // uncaught error. An error that is caught and not logged is found if memory stays exhausted: a
  // thread allocates a block of memory every second. Not found is an error that is caught, not
  // logged, and followed by enough free memory.
  //
  // Single errors of direct memory are excluded, as by the JVM's option: they end with the
  // connections whose buffers they concern. The HTTP servers probe for lasting ones.

  /** As of the JVM. */
  static final int EXIT_CODE = 3;

  private static final org.slf4j.Logger log = LoggerFactory.getLogger(OutOfMemoryExit.class);
  private static final Duration PROBE_INTERVAL = Duration.ofSeconds(1);
  private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(1);

  /** Smaller than half a region of the heap, which is at least 1 MB. */
  private static final int PROBE_BYTES = 256 * 1024;

  private static final int MAX_CAUSES = 20;
  private static final byte[] MESSAGE =
      "Terminating due to java.lang.OutOfMemoryError\n".getBytes(StandardCharsets.US_ASCII);

  /** Keeps the compiler from removing the allocation. */
  private static final AtomicReference<byte @Nullable []> PROBE = new AtomicReference<>();

  private static volatile boolean isInstalled;

  private OutOfMemoryExit() {}

  /** Enables the exit for this JVM. Uncaught exceptions of threads are logged from now on. */
  public static void install() {
    isInstalled = true;
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> {
          exitIfOutOfMemory(failure);
          log.error("Uncaught exception in thread {}", thread.getName(), failure);
        });
    Thread thread = new Thread(OutOfMemoryExit::probe, "paymeter-memory-probe");
    thread.setDaemon(true);
    thread.start();
  }

  private static void probe() {
    try {
      while (true) {
        TimeUnit.NANOSECONDS.sleep(PROBE_INTERVAL.toNanos());
        PROBE.set(new byte[PROBE_BYTES]);
        PROBE.set(null);
      }
    } catch (OutOfMemoryError e) {
      exit();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Not used: the thread ends with the JVM.
    }
  }

  /** Ends the process if a failure is an {@link OutOfMemoryError}, or caused by one. */
  static void exitIfOutOfMemory(@Nullable Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
      if (isInstalled && isExhausted(cause)) {
        exit();
      }
      cause = cause.getCause();
    }
  }

  static boolean isExhausted(Throwable failure) {
    return failure.getClass() == OutOfMemoryError.class // Netty's subclass is of direct memory.
        && !String.valueOf(failure.getMessage()).contains("direct buffer memory");
  }

  /** Ends the process, unless this is the JVM of a test. */
  public static void exitIfInstalled() {
    if (isInstalled) {
      exit();
    }
  }

  private static void exit() {
    try {
      LoggingSetup.writer().write(Level.ERROR, MESSAGE);
      LoggingSetup.flush(FLUSH_TIMEOUT);
    } finally {
      Runtime.getRuntime().halt(EXIT_CODE);
    }
  }

  /** Filter that examines the failures in log calls, also of levels that are not logged. */
  static final class Filter extends TurboFilter {
    @Override
    public FilterReply decide(
        @Nullable Marker marker,
        Logger logger,
        Level level,
        @Nullable String format,
        Object @Nullable [] parameters,
        @Nullable Throwable failure) {
      exitIfOutOfMemory(failure);
      if (parameters != null
          && parameters.length > 0
          && parameters[parameters.length - 1] instanceof Throwable last) {
        exitIfOutOfMemory(last);
      }
      return FilterReply.NEUTRAL;
    }
  }
}
