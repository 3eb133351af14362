/** API keys, rate limits, and the detection of card numbers. */
@NullMarked
package dev.paymeter.security;

import org.jspecify.annotations.NullMarked;
