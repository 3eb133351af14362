/** The counted totals that the audit compares with the ledger. */
@NullMarked
package dev.paymeter.metrics.audited;

import org.jspecify.annotations.NullMarked;
