/** HTTP servers: sockets, TLS, and limits for slow clients. */
@NullMarked
package dev.paymeter.http.server;

import org.jspecify.annotations.NullMarked;
