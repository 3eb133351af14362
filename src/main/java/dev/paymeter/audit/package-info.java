/** Compares counters with the ledger, segment by segment. */
@NullMarked
package dev.paymeter.audit;

import org.jspecify.annotations.NullMarked;
