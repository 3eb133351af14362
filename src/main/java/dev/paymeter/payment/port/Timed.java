package dev.paymeter.payment.port;

import static java.lang.annotation.ElementType.METHOD;
import static java.lang.annotation.RetentionPolicy.RUNTIME;

import java.lang.annotation.Retention;
import java.lang.annotation.Target;

/**
 * The operation under which {@link OperationTimer#timing} records the duration of a port's method.
 */
@Retention(RUNTIME)
@Target(METHOD)
public @interface Timed {
  PaymentMetrics.Operation value();
}
