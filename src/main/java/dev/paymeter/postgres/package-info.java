/** Implements the ports of the ledger and the audit with SQL. */
@NullMarked
package dev.paymeter.postgres;

import org.jspecify.annotations.NullMarked;
