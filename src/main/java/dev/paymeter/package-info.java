/** Entry point of the service. */
@NullMarked
package dev.paymeter;

import org.jspecify.annotations.NullMarked;
