/** The event bus: addresses, messages, and the verticles that answer them. */
@NullMarked
package dev.paymeter.bus;

import org.jspecify.annotations.NullMarked;
