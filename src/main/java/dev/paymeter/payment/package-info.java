/** Payments and refunds: the model of the domain. */
@NullMarked
package dev.paymeter.payment;

import org.jspecify.annotations.NullMarked;
