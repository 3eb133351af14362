/** A simulated payment gateway with a journal of its own and injected faults. */
@NullMarked
package dev.paymeter.gateway.simulator;

import org.jspecify.annotations.NullMarked;
