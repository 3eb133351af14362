/**
 * Client library of applications in the cluster that report to Paymeter. Depends only on Vert.x and
 * its cluster manager for Hazelcast.
 */
@NullMarked
package dev.paymeter.publisher;

import org.jspecify.annotations.NullMarked;
