package dev.paymeter.gateway.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests while the journal's thread is blocked, as by a disk that hangs. */
class RequestBatcherTest {
  @TempDir private Path directory;
  private final Queue<Runnable> blocked = new ArrayDeque<>();

  /**
   * Regression: requests waited without a bound, and were all carried out when the disk was back.
   */
  @Test
  void submit_tooManyWait_isNotReceived() throws IOException {
    try (Journal journal = Journal.open(directory, "stripe", Clock.systemUTC())) {
      RequestBatcher batcher = new RequestBatcher(journal, blocked::add);
      List<Future<Request.Outcome>> waiting = new ArrayList<>();
      for (int i = 0; i < RequestBatcher.MAX_WAITING; i++) {
        waiting.add(batcher.submit(charge(TestOrders.order().pending())));
      }
      Payment rejected = TestOrders.order().pending();

      Future<Request.Outcome> charge = batcher.submit(charge(rejected));
      Future<Request.Outcome> inquiry = batcher.submit(Request.of(rejected));

      assertThat(charge.result().result()).isInstanceOf(GatewayResult.NotSubmitted.class);
      assertThat(inquiry.failed()).as("no evidence").isTrue();
      unblock();
      assertThat(waiting)
          .allSatisfy(
              each ->
                  assertThat(each.result().result()).isInstanceOf(GatewayResult.Approved.class));
      Future<Request.Outcome> later = batcher.submit(charge(rejected));
      unblock();
      assertThat(later.result().number()).isEqualTo(RequestBatcher.MAX_WAITING + 1);
    }
  }

  private static Request charge(Payment payment) {
    return Request.of(payment, number -> JournalEntry.approved(payment.id()), new JsonObject());
  }

  private void unblock() {
    for (Runnable task = blocked.poll(); task != null; task = blocked.poll()) {
      task.run();
    }
  }
}
