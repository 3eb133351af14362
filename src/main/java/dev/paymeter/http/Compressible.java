package dev.paymeter.http;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPOutputStream;

/** A body, and the same compressed (RFC 1952). Neither must be modified. */
public record Compressible(Buffer plain, Buffer gzip) {
  /** Compresses a body; not for event loops if it is large. */
  public static Compressible of(Buffer plain) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(plain.getBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Compressible(plain, Buffer.buffer(bytes.toByteArray()));
  }
}
