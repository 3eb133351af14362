/** Measurements of the machine and the event loops. */
@NullMarked
package dev.paymeter.metrics.system;

import org.jspecify.annotations.NullMarked;
