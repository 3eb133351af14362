package dev.paymeter.webhook;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A webhook that waits for its delivery to an endpoint.
 *
 * @param number orders the webhooks of an endpoint
 * @param content what is sent
 * @param attempts failed ones so far
 */
public record Webhook(long number, Content content, int attempts) {
  /**
   * Content that is sent to each endpoint.
   *
   * @param id that of the event, the same at every attempt
   * @param payment the payment whose webhooks are sent in order; null if there is none
   * @param merchant of the payment; null if it has none
   * @param body JSON
   */
  public record Content(
      String id, @Nullable UUID payment, @Nullable String merchant, String type, String body) {}
}
