/** The payment API over HTTP. */
@NullMarked
package dev.paymeter.http.api;

import org.jspecify.annotations.NullMarked;
