/** What every log line of a request carries, across asynchronous steps, and how lines look. */
@NullMarked
package dev.paymeter.logs;

import org.jspecify.annotations.NullMarked;
