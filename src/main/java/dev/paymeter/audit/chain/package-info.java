/** The verification of the hash chains over the rows of the ledger. */
@NullMarked
package dev.paymeter.audit.chain;

import org.jspecify.annotations.NullMarked;
