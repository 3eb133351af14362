package dev.paymeter.support;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(VertxExtension.class)
class AwaitTest {
  @Test
  void await_resultFromAnEventLoop_isReturned(Vertx vertx) {
    assertThat(await(vertx.timer(1).map("result"))).isEqualTo("result");
  }

  @Test
  void await_failureFromAnEventLoop_isRethrown(Vertx vertx) {
    IOException failure = new IOException("a checked exception");

    assertThatThrownBy(() -> await(vertx.timer(1).compose(passed -> Future.failedFuture(failure))))
        .isSameAs(failure);
  }

  @Test
  void await_failureIsATimeoutException_isRethrown() {
    TimeoutException failure = new TimeoutException("the future's own");

    assertThatThrownBy(() -> await(Future.failedFuture(failure))).isSameAs(failure);
  }

  @Test
  void await_neverCompletes_failsAndNamesTheDeadline() {
    Future<Void> never = Promise.<Void>promise().future();

    assertThatThrownBy(() -> await(never, Duration.ofMillis(1)))
        .isInstanceOf(AssertionError.class)
        .hasMessage("not complete within PT0.001S");
  }

  /** A tenth of the time waited, within its bounds. */
  @ParameterizedTest
  @CsvSource({"0, 20", "200, 20", "1000, 100", "5000, 500", "60000, 500"})
  void pause_growsWithTheTimeWaited(long waitedMillis, long expectedMillis) {
    assertThat(Await.pause(Duration.ofMillis(waitedMillis))).hasMillis(expectedMillis);
  }

  @Test
  void await_onAnEventLoop_isRejected(Vertx vertx) {
    Future<Void> never = Promise.<Void>promise().future();
    Future<Void> waiting = vertx.timer(1).map(passed -> await(never));

    assertThatThrownBy(() -> await(waiting))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("event-loop");
  }
}
