package dev.paymeter.app.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads small files, and no others. */
public final class TextFile {
  /** Some hundred times what all the world's currencies need. */
  private static final int LONGEST = 1 << 20;

  private TextFile() {}

  /**
   * A file's text.
   *
   * @throws IOException when it cannot be read, or is no file of at most 1 MiB
   */
  public static String read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) { // Anything else may never end, or never begin.
      throw new NoSuchFileException(file.toString(), null, "no file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LONGEST + 1);
      if (bytes.length > LONGEST) {
        throw new IOException("more than " + LONGEST + " bytes");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }
}
