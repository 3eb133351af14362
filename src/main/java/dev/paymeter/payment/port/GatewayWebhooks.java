package dev.paymeter.payment.port;

import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;

/** Port: reads the webhooks that one gateway sends. Safe from any thread; does not block. */
public interface GatewayWebhooks {
  /**
   * Verifies the signature of a webhook, and reads it.
   *
   * @param headers returns the values of a header, by its name in any case
   * @return fails with {@link WebhookRejectedException} if the signature is missing or invalid
   */
  Future<GatewayHint> read(Function<String, List<String>> headers, String body);
}
