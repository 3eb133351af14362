/** The entry point of the service; {@code app} builds it. */
@NullMarked
package dev.paymeter;

import org.jspecify.annotations.NullMarked;
