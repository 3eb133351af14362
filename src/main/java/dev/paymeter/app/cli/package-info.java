/** The commands of the program. */
@NullMarked
package dev.paymeter.app.cli;

import org.jspecify.annotations.NullMarked;
