/** Commands of the command line. */
@NullMarked
package dev.paymeter.app.cli;

import org.jspecify.annotations.NullMarked;
