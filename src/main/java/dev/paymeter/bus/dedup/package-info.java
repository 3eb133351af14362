/** Drops repeated sequence numbers and counts missing ones, across the cluster. */
@NullMarked
package dev.paymeter.bus.dedup;

import org.jspecify.annotations.NullMarked;
