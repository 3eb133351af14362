package dev.paymeter.gateway.stripe;

import dev.paymeter.gateway.http.GatewayHttpClient;
import io.vertx.core.Vertx;
import java.time.Duration;

/** Connections to Stripe. Safe from any thread. */
final class StripeClient {
  private final GatewayHttpClient client;
  private final String secretKey;

  /**
   * @param timeout deadline of each operation
   */
  StripeClient(Vertx vertx, StripeOptions options, Duration timeout, int connections) {
    this.secretKey = options.secretKey();
    this.client =
        new GatewayHttpClient(
            vertx,
            new GatewayHttpClient.Endpoint("Stripe", options.url(), options.trustedCertificates()),
            timeout,
            connections);
  }

  /** Begins an operation; its deadline counts from now. */
  StripeRequests begin() {
    return new StripeRequests(client.begin(), secretKey);
  }
}
