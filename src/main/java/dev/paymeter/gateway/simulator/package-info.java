/** A simulated payment gateway with its own journal and injected faults. */
@NullMarked
package dev.paymeter.gateway.simulator;

import org.jspecify.annotations.NullMarked;
