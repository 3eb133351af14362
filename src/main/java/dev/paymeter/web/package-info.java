/** HTTP: the payment API, the management port, and problems. */
@NullMarked
package dev.paymeter.web;

import org.jspecify.annotations.NullMarked;
