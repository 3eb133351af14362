/** The payment gateway Stripe, by its PaymentIntents API. */
@NullMarked
package dev.paymeter.gateway.stripe;

import org.jspecify.annotations.NullMarked;
