/** The registry of meters, their names, and their exposition. */
@NullMarked
package dev.paymeter.metrics.registry;

import org.jspecify.annotations.NullMarked;
