/** Parts that both HTTP servers use: authentication, limits, problems, request parsing. */
@NullMarked
package dev.paymeter.http;

import org.jspecify.annotations.NullMarked;
