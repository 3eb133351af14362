/** Stripe, through its PaymentIntents. */
@NullMarked
package dev.paymeter.gateways.stripe;

import org.jspecify.annotations.NullMarked;
