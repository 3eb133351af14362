package dev.paymeter.cluster;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Collects the bytes of a connection to the event bus port into complete, valid frames, which it
 * passes on unchanged. Vert.x would collect a frame of any length for any time. An invalid or late
 * frame ends the connection.
 */
final class BusFrameDecoder extends LengthFieldBasedFrameDecoder {
  /** Several times the longest report: a batch has at most 10,000 rows. */
  static final int MAX_FRAME_BYTES = 16 << 20;

  static final long TIMEOUT_SECONDS = 10;

  private final FrameMemory memory;
  private final NetworkGuard guard;
  private @Nullable Future<?> timeout;
  private int reserved;
  private boolean isRejected;

  /** Memory for incomplete frames, shared by all connections. Safe from any thread. */
  static final class FrameMemory {
    private static final int HEAP_SHARES = 8;

    private final AtomicLong available;

    FrameMemory(long bytes) {
      this.available = new AtomicLong(bytes);
    }

    /** Returns a part of this process's heap, at least one frame. */
    static FrameMemory ofProcess() {
      return new FrameMemory(
          Math.max(MAX_FRAME_BYTES, Runtime.getRuntime().maxMemory() / HEAP_SHARES));
    }

    private boolean reserve(int bytes) {
      if (available.addAndGet(-bytes) >= 0) {
        return true;
      }
      release(bytes);
      return false;
    }

    private void release(int bytes) {
      available.addAndGet(bytes);
    }
  }

  /**
   * @param guard logs rejections
   */
  BusFrameDecoder(FrameMemory memory, NetworkGuard guard) {
    super(MAX_FRAME_BYTES, 0, BusFrame.LENGTH_BYTES);
    this.memory = memory;
    this.guard = guard;
  }

  @Override
  protected @Nullable Object decode(ChannelHandlerContext context, ByteBuf in) throws Exception {
    if (isRejected) {
      in.skipBytes(in.readableBytes());
      return null;
    }
    ByteBuf frame;
    try {
      frame = (ByteBuf) super.decode(context, in);
    } catch (TooLongFrameException e) {
      reject(context, "a frame of more than " + MAX_FRAME_BYTES + " bytes");
      return null;
    }
    if (frame == null) {
      awaitRest(context, in);
      return null;
    }
    stopWaiting();
    if (BusFrame.isValid(frame)) {
      return frame;
    }
    frame.release();
    reject(context, "an invalid frame");
    return null;
  }

  private void reject(ChannelHandlerContext context, String reason) {
    isRejected = true;
    if (context.channel().remoteAddress() instanceof InetSocketAddress remote) {
      guard.logRejection(remote.getAddress(), reason);
    }
    context.close();
  }

  private void awaitRest(ChannelHandlerContext context, ByteBuf in) {
    if (timeout == null) {
      timeout =
          context
              .executor()
              .schedule(
                  () -> reject(context, "an incomplete frame after " + TIMEOUT_SECONDS + " s"),
                  TIMEOUT_SECONDS,
                  TimeUnit.SECONDS);
    }
    if (reserved == 0 && in.readableBytes() >= BusFrame.LENGTH_BYTES) {
      int length = in.getInt(in.readerIndex());
      if (memory.reserve(length)) {
        reserved = length;
      } else {
        reject(context, "too many incomplete frames");
      }
    }
  }

  private void stopWaiting() {
    if (timeout != null) {
      timeout.cancel(false);
      timeout = null;
    }
    memory.release(reserved);
    reserved = 0;
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) throws Exception {
    stopWaiting();
    super.handlerRemoved0(context);
  }
}
