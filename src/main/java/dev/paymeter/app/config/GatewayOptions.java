package dev.paymeter.app.config;

import dev.paymeter.gateway.ResilientGateway.Guards;
import dev.paymeter.gateway.stripe.StripeOptions;
import java.util.Optional;

/**
 * Options of one gateway.
 *
 * @param stripe empty for a simulated gateway
 */
public record GatewayOptions(Guards guards, Optional<StripeOptions> stripe) {
  public boolean isSimulated() {
    return stripe.isEmpty();
  }
}
