/** Being one of several: who belongs to the cluster, and the event bus that they share. */
@NullMarked
package dev.paymeter.cluster;

import org.jspecify.annotations.NullMarked;
