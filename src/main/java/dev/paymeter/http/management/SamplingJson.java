package dev.paymeter.http.management;

import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;

/** The share of low-level observations that is recorded, as JSON: an object of rates by name. */
final class SamplingJson {
  /** The name of the rate for all operations that other services report. */
  private static final String REPORTED = "reported";

  private static final String EXPECTED_RATE = "a number from " + Sampling.MIN_RATE + " to 1";

  private final Sampling sampling;
  private final Map<String, DoubleConsumer> setters = new LinkedHashMap<>();

  SamplingJson(Sampling sampling) {
    this.sampling = sampling;
    for (Operation operation : Operation.values()) {
      setters.put(operation.label(), rate -> sampling.setRate(operation, rate));
    }
    setters.put(REPORTED, sampling::setReportedRate);
  }

  JsonObject show() {
    JsonObject rates = new JsonObject();
    sampling.rates().forEach((operation, rate) -> rates.put(operation.label(), rate));
    return rates.put(REPORTED, sampling.reportedRate());
  }

  /**
   * Changes the given rates.
   *
   * @throws RequestRejectedException with all invalid rates; then nothing has changed
   */
  void change(JsonObject changes) {
    List<Runnable> steps = new ArrayList<>();
    List<FieldError> errors = new ArrayList<>();
    for (String name : changes.fieldNames()) {
      Object value = changes.getValue(name);
      DoubleConsumer setter = setters.get(name);
      if (setter == null) {
        errors.add(new FieldError(name, AllowedValues.oneOf(setters.keySet()), "present"));
      } else if (value instanceof Number rate
          && rate.doubleValue() >= Sampling.MIN_RATE
          && rate.doubleValue() <= 1) {
        steps.add(() -> setter.accept(rate.doubleValue()));
      } else {
        errors.add(new FieldError(name, EXPECTED_RATE, String.valueOf(value)));
      }
    }
    if (!errors.isEmpty()) {
      throw RequestRejectedException.invalid(errors);
    }
    steps.forEach(Runnable::run);
  }
}
