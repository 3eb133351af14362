/** Management port: the scrape endpoint, health checks, and the console. */
@NullMarked
package dev.paymeter.http.management;

import org.jspecify.annotations.NullMarked;
