/** Queries for payments and refunds, and their pages. */
@NullMarked
package dev.paymeter.payment.query;

import org.jspecify.annotations.NullMarked;
