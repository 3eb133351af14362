/** The books: PostgreSQL behind the port {@link dev.paymeter.payments.Ledger}. */
@NullMarked
package dev.paymeter.ledger;

import org.jspecify.annotations.NullMarked;
