package dev.paymeter.webhook;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@link WebhooksRun}. */
class WebhookCrashIT {
  @TempDir Path directory;

  @Test
  void webhooks_failingEndpointsAndAKilledSender_allArriveInOrder() throws IOException {
    try (WebhookTrial trial = new WebhookTrial(directory, 1000, 1, Duration.ofSeconds(5), 1)) {
      System.out.println(trial.run());
    }
  }
}
