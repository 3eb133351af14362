/** Who may ask what, how much, and what nobody may send: card numbers, keys, quotas. */
@NullMarked
package dev.paymeter.security;

import org.jspecify.annotations.NullMarked;
