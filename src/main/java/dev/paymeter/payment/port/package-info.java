/** Ports of the domain: ledger, gateway, metrics and time. */
@NullMarked
package dev.paymeter.payment.port;

import org.jspecify.annotations.NullMarked;
