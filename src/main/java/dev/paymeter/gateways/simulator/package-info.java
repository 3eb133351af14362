/**
 * A gateway that moves no money, and remembers what it was asked to move: the default, and the
 * oracle of the tests.
 */
@NullMarked
package dev.paymeter.gateways.simulator;

import org.jspecify.annotations.NullMarked;
