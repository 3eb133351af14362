package dev.paymeter.http.management;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A read of the ledger that the requests of a short time share, so that more viewers do not cost
 * the database more. Used on one event loop.
 */
final class SharedRead<T> {
  private final Duration maxAge;
  private final LongSupplier nanoTime;
  private @Nullable Future<T> latest;
  private long readAt;

  /**
   * @param maxAge the time from the beginning of a read after which the next request reads again
   */
  SharedRead(Duration maxAge, LongSupplier nanoTime) {
    this.maxAge = maxAge;
    this.nanoTime = nanoTime;
  }

  /** Returns the latest result, or reads. A failure is shared only while it is not known. */
  Future<T> get(Supplier<Future<T>> read) {
    Future<T> shared = latest;
    long now = nanoTime.getAsLong();
    if (shared == null || shared.failed() || now - readAt >= maxAge.toNanos()) {
      shared = read.get();
      latest = shared;
      readAt = now;
    }
    return shared;
  }

  /** Makes the next request read again, because the ledger was changed. */
  void forget() {
    latest = null;
  }
}
