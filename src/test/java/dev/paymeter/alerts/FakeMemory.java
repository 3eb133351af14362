package dev.paymeter.alerts;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * A copy of /proc with simulated memory usage; all other entries are links to the real ones. Used
 * by a process that is started with {@link #jvmOption}.
 */
final class FakeMemory implements AutoCloseable {
  private static final Path PROC = Path.of("/proc");
  private static final long TOTAL_KIB = 16 << 20;

  private final Path directory;

  private FakeMemory(Path directory) {
    this.directory = directory;
  }

  /** Creates the copy with half of the memory in use. */
  static FakeMemory in(Path directory) throws IOException {
    Files.createDirectories(directory);
    try (Stream<Path> files = Files.list(PROC)) {
      for (Path file : files.toList()) {
        if (!file.endsWith("meminfo")) {
          Files.createSymbolicLink(directory.resolve(file.getFileName()), file);
        }
      }
    }
    FakeMemory memory = new FakeMemory(directory);
    memory.use(0.5);
    return memory;
  }

  /** Returns the option that makes OSHI read the copy. */
  String jvmOption() {
    return "-Doshi.util.proc.path=" + directory;
  }

  /**
   * @param share 0 to 1
   */
  void use(double share) throws IOException {
    long available = Math.round(TOTAL_KIB * (1 - share));
    Path draft = directory.resolve("meminfo.draft");
    Files.writeString(
        draft,
        """
        MemTotal:       %d kB
        MemFree:        %d kB
        MemAvailable:   %d kB
        """
            .formatted(TOTAL_KIB, available, available));
    Files.move(draft, directory.resolve("meminfo"), ATOMIC_MOVE);
  }

  /** Deletes the links, so that a recursive deletion does not follow them. */
  @Override
  public void close() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(Files::isSymbolicLink).toList()) {
        Files.delete(file);
      }
    }
  }
}
