/**
 * What a payment is, and what happens to one. Knows no Vert.x verticle, no SQL, no HTTP and no
 * Micrometer: those live behind the ports {@link dev.paymeter.payments.Gateway}, {@link
 * dev.paymeter.payments.Ledger} and {@link dev.paymeter.payments.Observations}.
 */
@NullMarked
package dev.paymeter.payments;

import org.jspecify.annotations.NullMarked;
