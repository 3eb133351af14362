/** Values that the console shows. */
@NullMarked
package dev.paymeter.metrics.dashboard;

import org.jspecify.annotations.NullMarked;
