/** Compares what a gateway states in a settlement file with the ledger. */
@NullMarked
package dev.paymeter.settlement;

import org.jspecify.annotations.NullMarked;
