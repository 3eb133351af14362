package dev.paymeter.webhook;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many webhooks to failing endpoints, from processes that are killed: {@code -Pwebhooks}. */
class WebhooksRun {
  @TempDir Path directory;

  @Test
  void webhooks_failingEndpointsAndKilledSenders_allArriveInOrder() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    try (WebhookTrial trial =
        new WebhookTrial(
            directory,
            Integer.getInteger("webhooks.changes", 20_000),
            3,
            Duration.ofSeconds(20),
            seed)) {
      System.out.println(trial.run());
    }
  }
}
