package dev.paymeter.app.config;

import dev.paymeter.gateway.ResilientGateway.Guards;
import dev.paymeter.gateway.stripe.StripeOptions;
import java.util.Optional;

/**
 * One gateway.
 *
 * @param stripe absent for a simulated one
 */
public record GatewayOptions(Guards guards, Optional<StripeOptions> stripe) {
  public boolean isSimulated() {
    return stripe.isEmpty();
  }
}
