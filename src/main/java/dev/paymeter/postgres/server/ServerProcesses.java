package dev.paymeter.postgres.server;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Processes that run the programs of an embedded PostgreSQL. Only the holder of its directory's
 * lock may stop them.
 *
 * @param binaries the real path of the unpacked server
 */
record ServerProcesses(Path binaries) {
  /** For a server that is to write its data. */
  static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

  /** Returns true if the process with an id runs one of the programs. A zombie does not. */
  boolean isRunning(long id) {
    return ProcessHandle.of(id).filter(this::runsProgram).isPresent();
  }

  /**
   * Stops all processes: a server that its JVM left behind, which would block the data; initdb,
   * which would write into it; or the children of a server that was killed. The process id in
   * {@code postmaster.pid} is not reliable: it may belong to an unrelated process or to a zombie,
   * and then PostgreSQL would not start.
   *
   * @param timeout after which they are killed; the next start replays the WAL
   * @return whether there was any
   */
  boolean stopAll(Duration timeout) throws IOException {
    if (running().isEmpty()) {
      return false;
    }
    running().forEach(ProcessHandle::destroy);
    if (!haveEnded(timeout)) {
      running().forEach(ProcessHandle::destroyForcibly);
      if (!haveEnded(STOP_TIMEOUT)) {
        throw new IOException(
            "PostgreSQL processes in "
                + binaries
                + " cannot be stopped; end them, then start again");
      }
    }
    return true;
  }

  /**
   * Returns false if processes still run after a time. An interrupt does not shorten it: a server
   * that runs on would block the next start.
   */
  private boolean haveEnded(Duration timeout) {
    long start = System.nanoTime();
    boolean interrupted = false;
    try {
      while (!running().isEmpty()) {
        if (System.nanoTime() - start > timeout.toNanos()) {
          return false;
        }
        try {
          TimeUnit.MILLISECONDS.sleep(50);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      return true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private List<ProcessHandle> running() {
    return ProcessHandle.allProcesses().filter(this::runsProgram).toList();
  }

  /** Zombies have no program. */
  private boolean runsProgram(ProcessHandle process) {
    return process.info().command().filter(c -> Path.of(c).startsWith(binaries)).isPresent();
  }
}
