package dev.paymeter.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DirectMemoryProbeTest {
  private final AtomicInteger exits = new AtomicInteger();
  private final DirectMemoryProbe probe = new DirectMemoryProbe(exits::incrementAndGet);
  private boolean isExhausted;
  private final ByteBufAllocator allocator =
      new AbstractByteBufAllocator() {
        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
          throw new UnsupportedOperationException();
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
          if (isExhausted) {
            throw new OutOfMemoryError("direct memory");
          }
          return Unpooled.buffer(initialCapacity, maxCapacity);
        }

        @Override
        public boolean isDirectBufferPooled() {
          return false;
        }
      };

  @Test
  void exhausted_forTheTimeout_exits() {
    probe.check(allocator, 0);
    isExhausted = true;
    probe.check(allocator, 1);
    probe.check(allocator, DirectMemoryProbe.TIMEOUT_NANOS);
    assertThat(exits).hasValue(0);

    probe.check(allocator, DirectMemoryProbe.TIMEOUT_NANOS + 1);

    assertThat(exits).hasValue(1);
  }

  @Test
  void exhausted_notAllTheTime_doesNotExit() {
    isExhausted = true;
    probe.check(allocator, 0);
    isExhausted = false;
    probe.check(allocator, 1);
    isExhausted = true;
    probe.check(allocator, 2);
    probe.check(allocator, DirectMemoryProbe.TIMEOUT_NANOS + 1);

    assertThat(exits).hasValue(0);
  }
}
