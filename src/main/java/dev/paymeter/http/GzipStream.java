package dev.paymeter.http;

import io.vertx.core.buffer.Buffer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Head and end of a client's gzip stream (RFC 1952). The texts between them do not refer to each
 * other: each is compressed once for all clients, and a client can read it as soon as it arrives.
 */
final class GzipStream {
  private static final int CHUNK = 8192;

  /** Identification, deflate, no flags, no time, no hint about the compression, unknown system. */
  private static final byte[] HEAD = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 255};

  /** A final block without content (RFC 1951, section 3.2.6). */
  private static final byte[] LAST_BLOCK = {3, 0};

  private final CRC32 checksum = new CRC32();
  private long length;

  /** Compresses a text for any stream: as blocks that end at a byte. */
  static Buffer compress(byte[] text) {
    Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    try {
      deflater.setInput(text);
      Buffer blocks = Buffer.buffer();
      byte[] chunk = new byte[CHUNK];
      int count;
      do {
        count = deflater.deflate(chunk, 0, CHUNK, Deflater.SYNC_FLUSH);
        blocks.appendBytes(chunk, 0, count);
      } while (count == CHUNK);
      return blocks;
    } finally {
      deflater.end();
    }
  }

  static Buffer head() {
    return Buffer.buffer(HEAD);
  }

  /** Adds a text to what the end of the stream has to state. */
  void add(byte[] text) {
    checksum.update(text);
    length += text.length;
  }

  Buffer end() {
    return Buffer.buffer(LAST_BLOCK)
        .appendIntLE((int) checksum.getValue())
        .appendIntLE((int) length);
  }
}
