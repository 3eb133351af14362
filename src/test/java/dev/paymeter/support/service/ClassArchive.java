package dev.paymeter.support.service;

import dev.paymeter.support.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * Archive of the classes that the jar loads when it starts, joins a cluster and pays (JEP 350). It
 * saves a third of the CPU time of each start. It is created once for a jar and a release of Java,
 * by a process that runs for some seconds.
 */
final class ClassArchive {
  private static final Path DIRECTORY = Path.of("target").toAbsolutePath();
  private static final Path FILE = create();

  private ClassArchive() {}

  /** Returns the option of {@code java}; the JVM ignores an archive that it cannot use. */
  static String option() {
    return "-XX:SharedArchiveFile=" + FILE;
  }

  private static Path create() {
    try {
      long jar = Files.getLastModifiedTime(ServiceJar.JAR).toMillis();
      Path file = DIRECTORY.resolve("classes-%s-%d.jsa".formatted(Runtime.version(), jar));
      try (FileChannel channel =
              FileChannel.open(
                  DIRECTORY.resolve("classes.lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) { // Another JVM may create it.
        if (lock.isValid() && !Files.exists(file)) {
          record(file);
        }
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void record(Path file) throws IOException {
    Path directory = Files.createTempDirectory(DIRECTORY, "classes");
    String option = "-XX:ArchiveClassesAtExit=" + file;
    String port = String.valueOf(TestServer.freePort());
    Map<String, String> settings =
        Map.of(
            "cluster.enabled",
            "true",
            "cluster.port",
            port,
            "cluster.bus-port",
            String.valueOf(TestServer.freePort()),
            "cluster.members",
            "127.0.0.1:" + port,
            "shutdown.last-scrape-timeout",
            "0s");
    try (ServiceJar jar = ServiceJar.start(directory, List.of(option), settings, builder -> {})) {
      jar.pay("order");
      RunningService.get(jar.management("/metrics"));
      jar.terminate();
      jar.awaitExit();
    }
  }
}
