package dev.paymeter.gateway.simulator;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;

/** Reads complete lines of a journal. */
final class JournalFile {
  private static final int CHUNK = 64 << 10;

  private JournalFile() {}

  /**
   * Reads from the beginning of a line to the end of the last complete line.
   *
   * @param path named in errors
   * @return position after the last complete line; an incomplete line may follow
   * @throws IOException if the file cannot be read, or a line is invalid
   */
  static long read(Path path, FileChannel channel, long from, Consumer<JournalEntry> lines)
      throws IOException {
    long next = from;
    byte[] chunk = new byte[(int) Math.min(CHUNK, Math.max(1, channel.size() - from))];
    int filled = 0;
    for (int read; (read = fill(channel, chunk, filled, next + filled)) > 0; ) {
      filled += read;
      int used = parse(path, next, chunk, filled, lines);
      System.arraycopy(chunk, used, chunk, 0, filled - used);
      next += used;
      filled -= used;
      if (filled == chunk.length) {
        chunk = Arrays.copyOf(chunk, 2 * chunk.length);
      }
    }
    return next;
  }

  private static int fill(FileChannel channel, byte[] chunk, int filled, long position)
      throws IOException {
    return channel.read(ByteBuffer.wrap(chunk, filled, chunk.length - filled), position);
  }

  /** Parses the complete lines and returns their length in bytes. */
  private static int parse(
      Path path, long position, byte[] chunk, int filled, Consumer<JournalEntry> lines)
      throws IOException {
    int begin = 0;
    for (int i = 0; i < filled; i++) {
      if (chunk[i] == '\n') {
        try {
          lines.accept(JournalEntry.of(Buffer.buffer(Arrays.copyOfRange(chunk, begin, i))));
        } catch (IllegalArgumentException e) {
          throw new IOException(
              path + ": invalid line of a journal at byte " + (position + begin), e);
        }
        begin = i + 1;
      }
    }
    return begin;
  }
}
