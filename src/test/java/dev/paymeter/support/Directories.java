package dev.paymeter.support;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Copies and deletes directories with their content. */
public final class Directories {
  private Directories() {}

  /** As {@link #copy(Path, Path, Predicate)}, without an exception. */
  public static void copy(Path from, Path to) throws IOException {
    copy(from, to, file -> true);
  }

  /**
   * Copies files and directories, with their permissions and times. Replaces existing files. Files
   * may be removed meanwhile.
   *
   * @param isCopied whether to copy a file, or a directory, by its path in {@code from}
   */
  public static void copy(Path from, Path to, Predicate<Path> isCopied) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            if (!isCopied.test(from.relativize(directory))) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            Files.createDirectories(copyOf(directory));
            Files.setPosixFilePermissions(
                copyOf(directory), Files.getPosixFilePermissions(directory));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (isCopied.test(from.relativize(file))) {
              try {
                Files.copy(
                    file,
                    copyOf(file),
                    StandardCopyOption.COPY_ATTRIBUTES,
                    StandardCopyOption.REPLACE_EXISTING,
                    LinkOption.NOFOLLOW_LINKS);
              } catch (NoSuchFileException removed) {
                return FileVisitResult.CONTINUE;
              }
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException failure)
              throws IOException {
            Files.setLastModifiedTime(copyOf(directory), Files.getLastModifiedTime(directory));
            return super.postVisitDirectory(directory, failure);
          }

          private Path copyOf(Path path) {
            return to.resolve(from.relativize(path).toString());
          }
        });
  }

  /** Deletes a directory, if it exists. */
  public static void delete(Path directory) throws IOException {
    if (Files.exists(directory)) {
      List<Path> files;
      try (Stream<Path> found = Files.walk(directory)) {
        files = found.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }
}
