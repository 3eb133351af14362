package dev.paymeter.support;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** A gzip stream that can be read as it arrives. */
public final class GzipReader extends GZIPInputStream {
  public GzipReader(InputStream compressed) throws IOException {
    super(compressed);
  }

  /** Returns the number of compressed bytes that have been read, without the head. */
  public long compressedBytes() {
    return inf.getBytesRead();
  }

  /**
   * Returns 0: the JDK's class returns 1 until the end, so that readers of text wait for more
   * before they return what they have.
   */
  @Override
  public int available() {
    return 0;
  }
}
