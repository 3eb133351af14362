/** HTTP client of the gateways: connections, deadlines, and the account of the credentials. */
@NullMarked
package dev.paymeter.gateway.http;

import org.jspecify.annotations.NullMarked;
