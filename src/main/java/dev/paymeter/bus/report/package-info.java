/** Reads what other services report over the bus or HTTP. */
@NullMarked
package dev.paymeter.bus.report;

import org.jspecify.annotations.NullMarked;
