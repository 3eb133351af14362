/** The program: reads the settings, builds the graph by hand, runs it, closes it. */
@NullMarked
package dev.paymeter;

import org.jspecify.annotations.NullMarked;
