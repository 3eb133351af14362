package dev.paymeter.support;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Packages of the npm registry that tests need, in the versions of a lock file. */
public final class NpmPackages {
  private static final Path INSTALLED = Path.of("target", "npm");
  private static final int TIMEOUT_MINUTES = 5;

  private NpmPackages() {}

  /**
   * Installs the packages of a directory, and copies its files beside them. Without npm, the test
   * is skipped, or fails if {@code CI=true}; without the registry, it is skipped.
   *
   * @param source contains package.json and package-lock.json
   * @return a directory below {@code target}
   */
  public static Path install(Path source) {
    Path npm = RequiredPrograms.program("npm", "apt-get install npm");
    Path directory = INSTALLED.resolve(source.getFileName());
    try {
      copy(source, directory);
      Path log = directory.resolve("npm.log");
      Process process =
          new ProcessBuilder(npm.toString(), "ci", "--ignore-scripts", "--prefer-offline")
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
        process.destroyForcibly();
        String message = "npm cannot install " + source + ": see " + log;
        System.err.println("Skipped: " + message);
        abort(message);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    return directory;
  }

  private static void copy(Path source, Path directory) throws IOException {
    Files.createDirectories(directory);
    try (Stream<Path> files = Files.list(source)) {
      for (Path file : files.toList()) {
        Files.write(directory.resolve(file.getFileName()), Files.readAllBytes(file));
      }
    }
  }
}
