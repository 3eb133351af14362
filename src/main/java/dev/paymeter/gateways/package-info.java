/** Payment gateways behind the port {@link dev.paymeter.payments.Gateway}. */
@NullMarked
package dev.paymeter.gateways;

import org.jspecify.annotations.NullMarked;
