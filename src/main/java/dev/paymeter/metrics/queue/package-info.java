/** The bounded queue of observations. */
@NullMarked
package dev.paymeter.metrics.queue;

import org.jspecify.annotations.NullMarked;
