package dev.paymeter.http.management;

import dev.paymeter.http.Responses;
import dev.paymeter.http.StrictJsonParser;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Routes that show and change the share of low-level observations that is recorded: {@code GET} and
 * {@code PATCH /sampling}, an object of operations and rates.
 */
final class SamplingRoutes {
  private static final String PATH = "/sampling";

  /** The name of the rate for all operations that other services report. */
  private static final String REPORTED = "reported";

  /** The maximum number of bytes of a change. */
  static final int BODY_LIMIT = 16 << 10;

  private static final String EXPECTED_RATE = "a number from " + Sampling.MIN_RATE + " to 1";

  private final Sampling sampling;

  private SamplingRoutes(Sampling sampling) {
    this.sampling = sampling;
  }

  static void add(Router router, Sampling sampling) {
    SamplingRoutes routes = new SamplingRoutes(sampling);
    router.get(PATH).handler(routes::show);
    router
        .patch(PATH)
        .handler(BodyHandler.create(false).setBodyLimit(BODY_LIMIT))
        .handler(routes::change);
    router.route(PATH).handler(request -> Responses.rejectMethod(request, "GET, PATCH"));
  }

  private void show(RoutingContext request) {
    JsonObject rates = new JsonObject();
    sampling.rates().forEach((operation, rate) -> rates.put(operation.label(), rate));
    rates.put(REPORTED, sampling.reportedRate());
    Responses.send(request, 200, Responses.JSON, rates.toBuffer());
  }

  private void change(RoutingContext request) {
    read(StrictJsonParser.body(request)).forEach(this::set);
    show(request);
  }

  /** Returns the rates by name. If one is invalid, none is changed. */
  private static Map<String, Double> read(JsonObject json) {
    Map<String, Double> rates = new LinkedHashMap<>();
    List<FieldError> faults = new ArrayList<>();
    for (String name : json.fieldNames()) {
      Object value = json.getValue(name);
      if (!name.equals(REPORTED) && operation(name).isEmpty()) {
        faults.add(new FieldError(name, "one of " + names(), "present"));
      } else if (value instanceof Number rate
          && rate.doubleValue() >= Sampling.MIN_RATE
          && rate.doubleValue() <= 1) {
        rates.put(name, rate.doubleValue());
      } else {
        faults.add(new FieldError(name, EXPECTED_RATE, String.valueOf(value)));
      }
    }
    if (!faults.isEmpty()) {
      throw RequestRejectedException.invalid(faults);
    }
    return rates;
  }

  private void set(String name, double rate) {
    operation(name)
        .ifPresentOrElse(
            operation -> sampling.setRate(operation, rate), () -> sampling.setReportedRate(rate));
  }

  private static Optional<Operation> operation(String name) {
    return Arrays.stream(Operation.values()).filter(o -> o.label().equals(name)).findFirst();
  }

  private static List<String> names() {
    return Stream.concat(
            Arrays.stream(Operation.values()).map(Operation::label), Stream.of(REPORTED))
        .toList();
  }
}
