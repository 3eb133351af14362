package dev.paymeter.gateway.simulator;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Creation of directories and files that only the user of the process can read and write. What
 * exists keeps its permissions.
 */
final class PrivateFiles {
  private PrivateFiles() {}

  /** Creates a directory, and those above it, unless they exist. */
  static Path createDirectories(Path directory) throws IOException {
    return Files.createDirectories(directory, permissions(directory, "rwx------"));
  }

  /** Opens a file, which is created if it does not exist, for reading and writing. */
  static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, Set.of(CREATE, READ, WRITE), permissions(file, "rw-------"));
  }

  private static FileAttribute<?>[] permissions(Path path, String permissions) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
