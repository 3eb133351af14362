/** Payment gateway for Stripe, with its PaymentIntents API. */
@NullMarked
package dev.paymeter.gateway.stripe;

import org.jspecify.annotations.NullMarked;
