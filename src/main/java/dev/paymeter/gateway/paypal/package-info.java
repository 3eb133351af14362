/** Payment gateway for PayPal, with its Orders API, version 2. */
@NullMarked
package dev.paymeter.gateway.paypal;

import org.jspecify.annotations.NullMarked;
