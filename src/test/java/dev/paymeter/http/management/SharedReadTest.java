package dev.paymeter.http.management;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SharedReadTest {
  private static final Duration MAX_AGE = Duration.ofSeconds(2);

  private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE); // May overflow.
  private final AtomicInteger reads = new AtomicInteger();
  private final SharedRead<Integer> shared = new SharedRead<>(MAX_AGE, nanoTime::get);

  private Future<Integer> read() {
    return Future.succeededFuture(reads.incrementAndGet());
  }

  @Test
  void get_withinMaxAge_readsOnce() {
    assertThat(await(shared.get(this::read))).isEqualTo(1);
    nanoTime.addAndGet(MAX_AGE.toNanos() - 1);

    assertThat(await(shared.get(this::read))).isEqualTo(1);
  }

  @Test
  void get_afterMaxAge_readsAgain() {
    shared.get(this::read);
    nanoTime.addAndGet(MAX_AGE.toNanos());

    assertThat(await(shared.get(this::read))).isEqualTo(2);
  }

  @Test
  void get_afterAChange_readsAgain() {
    shared.get(this::read);
    shared.forget();

    assertThat(await(shared.get(this::read))).isEqualTo(2);
  }

  @Test
  void get_whileReading_waitsForIt() {
    Promise<Integer> running = Promise.promise();
    shared.get(running::future);
    Future<Integer> second = shared.get(this::read);

    running.complete(7);

    assertThat(await(second)).isEqualTo(7);
    assertThat(reads).hasValue(0);
  }

  @Test
  void get_afterAFailure_readsAgain() {
    shared.get(() -> Future.failedFuture("no connection"));

    assertThat(await(shared.get(this::read))).isEqualTo(1);
  }
}
