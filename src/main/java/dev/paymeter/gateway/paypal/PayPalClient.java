package dev.paymeter.gateway.paypal;

import dev.paymeter.gateway.http.GatewayHttpClient;

/** Connections to PayPal. Safe from any thread. */
record PayPalClient(GatewayHttpClient client, AccessToken token) {
  /** Begins an operation; its deadline counts from now. */
  PayPalRequests begin() {
    return new PayPalRequests(client.begin(), token);
  }
}
