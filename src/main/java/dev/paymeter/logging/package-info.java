/** The format of log lines and the fields of requests. */
@NullMarked
package dev.paymeter.logging;

import org.jspecify.annotations.NullMarked;
