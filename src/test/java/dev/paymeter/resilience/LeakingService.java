package dev.paymeter.resilience;

import dev.paymeter.Main;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vertx.core.impl.buffer.VertxByteBufAllocator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The service with a leak of direct memory, which begins when its directory has a file LEAK. */
public final class LeakingService {
  static final String LEAK = "leak";

  /** More than there are arenas, each of which keeps memory for its threads. */
  private static final int THREADS = 16;

  private static final long POLL_MILLIS = 50;

  private LeakingService() {}

  public static void main(String[] args) {
    for (int i = 0; i < THREADS; i++) {
      Thread thread = new Thread(LeakingService::leak);
      thread.setDaemon(true);
      thread.start();
    }
    Main.main(args);
  }

  private static void leak() {
    List<ByteBuf> leaked = new ArrayList<>();
    try {
      while (!Files.exists(Path.of(LEAK))) {
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
      for (int bytes = 1 << 20; bytes >= 1 << 10; bytes /= 4) {
        allocate(bytes, leaked);
      }
      TimeUnit.DAYS.sleep(1); // The buffers are in use until the process ends.
    } catch (InterruptedException e) {
      leaked.forEach(ByteBuf::release);
      Thread.currentThread().interrupt();
    }
  }

  private static void allocate(int bytes, List<ByteBuf> leaked) {
    ByteBufAllocator allocator = VertxByteBufAllocator.POOLED_ALLOCATOR;
    try {
      while (true) {
        leaked.add(allocator.directBuffer(bytes));
      }
    } catch (OutOfMemoryError e) {
      // There is no buffer of this size left.
    }
  }
}
