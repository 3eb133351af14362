/** Joins the Hazelcast cluster and guards its ports. */
@NullMarked
package dev.paymeter.cluster;

import org.jspecify.annotations.NullMarked;
