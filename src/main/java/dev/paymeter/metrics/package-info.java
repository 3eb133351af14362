/**
 * From observations to what Prometheus reads: the queue, the meters (every name and label of ours
 * stands here), the machine's readings, the rendering.
 */
@NullMarked
package dev.paymeter.metrics;

import org.jspecify.annotations.NullMarked;
