package dev.paymeter.app.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reader of small files. */
public final class TextFile {
  /** Limit that is far above the size of all exchange rates. */
  private static final int MAX_BYTES = 1 << 20;

  private TextFile() {}

  /**
   * Returns the text of a file.
   *
   * @throws IOException if it cannot be read, is not a regular file, or exceeds 1 MiB
   */
  public static String read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) { // Reading from a pipe or device could block forever.
      throw new NoSuchFileException(file.toString(), null, "not found, or not a regular file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException("more than " + MAX_BYTES + " bytes");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /**
   * Returns the password in a file, without a line break at its end.
   *
   * @throws IOException as {@link #read}
   * @throws IllegalArgumentException if the file is empty
   */
  public static String readPassword(Path file) throws IOException {
    String password = read(file).replaceFirst("\\R\\z", "");
    if (password.isEmpty()) {
      throw new IllegalArgumentException("expected a password, found an empty file");
    }
    return password;
  }
}
