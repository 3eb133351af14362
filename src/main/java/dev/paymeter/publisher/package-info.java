/**
 * For applications in the cluster that report to Paymeter: needs Vert.x, and nothing else of ours.
 */
@NullMarked
package dev.paymeter.publisher;

import org.jspecify.annotations.NullMarked;
