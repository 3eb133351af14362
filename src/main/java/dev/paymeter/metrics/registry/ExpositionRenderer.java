package dev.paymeter.metrics.registry;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;

/** Renders snapshots. Takes milliseconds for thousands of series: not for event loops. */
public final class ExpositionRenderer {
  private ExpositionRenderer() {}

  public static Buffer render(MetricSnapshots snapshots, ExpositionFormat format, boolean gzip)
      throws IOException {
    ByteBuf bytes = Unpooled.buffer(64 * 1024);
    try (OutputStream plain = new ByteBufOutputStream(bytes);
        OutputStream out = gzip ? new GZIPOutputStream(plain, 8192) : plain) {
      format.writer().write(out, snapshots);
    }
    return BufferInternal.buffer(bytes);
  }
}
