/** Composition of the service: builds, starts and stops all parts of the service. */
@NullMarked
package dev.paymeter.app;

import org.jspecify.annotations.NullMarked;
