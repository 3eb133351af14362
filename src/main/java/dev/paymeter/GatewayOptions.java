package dev.paymeter;

import dev.paymeter.gateways.GuardedGateway.Guards;
import dev.paymeter.gateways.stripe.StripeOptions;
import java.util.Optional;

/**
 * One gateway.
 *
 * @param stripe absent for a simulated one
 */
record GatewayOptions(Guards guards, Optional<StripeOptions> stripe) {
  boolean isSimulated() {
    return stripe.isEmpty();
  }
}
