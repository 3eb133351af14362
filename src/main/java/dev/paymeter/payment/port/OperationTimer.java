package dev.paymeter.payment.port;

import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.PaymentMetrics.Outcome;
import io.vertx.core.Future;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** A timer of internal steps, from their start until their future completes. */
public record OperationTimer(PaymentMetrics paymentMetrics, LongSupplier nanoTime) {
  /** Runs and times one step. */
  public <T> Future<T> timed(Operation operation, Supplier<Future<T>> step) {
    long start = nanoTime.getAsLong();
    return step.get()
        .onSuccess(done -> ended(operation, Outcome.SUCCESS, start))
        .onFailure(failed -> ended(operation, Outcome.FAILURE, start));
  }

  /** Returns a decorator of a port that times each method that is {@link Timed}. */
  public <P> P timing(Class<P> port, P target) {
    return port.cast(
        Proxy.newProxyInstance(
            port.getClassLoader(),
            new Class<?>[] {port},
            (proxy, method, arguments) -> {
              Timed timed = method.getAnnotation(Timed.class);
              return timed == null
                  ? call(target, method, arguments)
                  : timed(timed.value(), () -> (Future<?>) call(target, method, arguments));
            }));
  }

  /** Calls a method that, as all methods of ports, declares no checked exception. */
  private static Object call(Object target, Method method, Object[] arguments) {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw (RuntimeException) e.getCause();
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e); // Ports are public.
    }
  }

  private void ended(Operation operation, Outcome outcome, long start) {
    paymentMetrics.timed(operation, outcome, nanoTime.getAsLong() - start);
  }
}
