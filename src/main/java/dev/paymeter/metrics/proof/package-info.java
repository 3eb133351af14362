/** Proofs that the samples of a scrape equal the rows of the ledger. */
@NullMarked
package dev.paymeter.metrics.proof;

import org.jspecify.annotations.NullMarked;
