package dev.paymeter.app.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A file that is replaced when its new content is complete. */
record ReplacedFile(Path path) {
  /** Writes the content. */
  @FunctionalInterface
  interface Content<E extends Exception> {
    /** Writes to a stream, which this method, or the caller, closes. */
    void writeTo(OutputStream out) throws IOException, E;
  }

  /**
   * Writes the content to a draft beside the file, and replaces the file with it.
   *
   * @throws IOException if it cannot be written; the file is not changed then
   */
  <E extends Exception> void write(Content<E> content) throws IOException, E {
    Path file = path.toAbsolutePath();
    Path draft = file.resolveSibling(file.getFileName() + ".part");
    try {
      try (OutputStream out = Files.newOutputStream(draft)) {
        content.writeTo(out);
      }
      Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(draft);
    }
  }
}
