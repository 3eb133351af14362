/** Decorators of payment gateways: routing, bulkhead, circuit breaker and timeout. */
@NullMarked
package dev.paymeter.gateway;

import org.jspecify.annotations.NullMarked;
