package dev.paymeter.bus;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class CallerContextTest {
  @Test
  void complete_resultOfAnotherContext_isOnThatOfTheCaller(Vertx vertx) {
    Context caller = vertx.getOrCreateContext();
    Promise<String> result = Promise.promise();
    Promise<Context> completed = Promise.promise();

    caller.runOnContext(
        now -> {
          CallerContext.complete(vertx, result.future())
              .onSuccess(text -> completed.complete(vertx.getOrCreateContext()));
        });
    vertx.getOrCreateContext().runOnContext(now -> result.complete("done"));

    assertThat(await(completed.future())).isSameAs(caller);
  }

  @Test
  void complete_failure_isTheSame(Vertx vertx) {
    IllegalStateException failure = new IllegalStateException("failed");

    Future<String> completed = CallerContext.complete(vertx, Future.failedFuture(failure));

    assertThat(await(completed.recover(cause -> Future.succeededFuture(cause.getMessage()))))
        .isEqualTo("failed");
  }
}
