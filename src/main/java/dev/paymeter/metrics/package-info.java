/** Queues observations, applies them to Micrometer in batches, and exposes them. */
@NullMarked
package dev.paymeter.metrics;

import org.jspecify.annotations.NullMarked;
