package dev.paymeter.app;

import dev.paymeter.gateway.simulator.Fault;
import dev.paymeter.gateway.simulator.FaultInjector;
import dev.paymeter.gateway.simulator.SimulatedGateway;
import dev.paymeter.http.management.SimulatorControl;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Injected faults of the simulated gateways as JSON: for each gateway {@code delay_seconds}, and
 * each fault with its {@code rate}, {@code next} and {@code for_seconds}.
 *
 * @param gateways by name; empty until they are opened
 */
record FaultInjectionJson(SortedMap<String, SimulatedGateway> gateways)
    implements SimulatorControl {
  private static final String DELAY = "delay_seconds";
  private static final String RATE = "rate";
  private static final String NEXT = "next";
  private static final String DURATION = "for_seconds";
  private static final List<String> SETTINGS =
      Stream.concat(Stream.of(DELAY), Arrays.stream(Fault.values()).map(Fault::label)).toList();
  private static final double MAX_DELAY_SECONDS = 3600;
  private static final double MAX_DURATION_SECONDS = 86_400;
  private static final int MAX_NEXT = 1_000_000;

  @Override
  public JsonObject show() {
    JsonObject all = new JsonObject();
    gateways.forEach((name, gateway) -> all.put(name, show(gateway)));
    return all;
  }

  private static JsonObject show(SimulatedGateway gateway) {
    FaultInjector faultInjector = gateway.faults();
    JsonObject json =
        new JsonObject()
            .put(DELAY, seconds(faultInjector.delay()))
            .put("unwanted_answers", gateway.unexpectedResponses());
    for (Fault fault : Fault.values()) {
      FaultInjector.Setting setting = faultInjector.setting(fault);
      JsonObject orderJson = new JsonObject().put(RATE, setting.rate()).put(NEXT, setting.next());
      if (setting.duration() != null) {
        orderJson.put(DURATION, seconds(setting.duration()));
      }
      json.put(fault.label(), orderJson.put("struck", faultInjector.injected(fault)));
    }
    return json;
  }

  @Override
  public void change(JsonObject changes) {
    Changes read = new Changes();
    changes.forEach(entry -> read.gateway(entry.getKey(), entry.getValue()));
    read.apply();
  }

  @Override
  public void clear() {
    gateways.values().forEach(gateway -> gateway.faults().clear());
  }

  private static double seconds(Duration length) {
    return length.toNanos() / 1e9;
  }

  private static Duration duration(double seconds) {
    return Duration.ofNanos(Math.round(seconds * 1e9));
  }

  /** Requested changes, and their field errors. Applies all of them or none. */
  private final class Changes {
    private final List<Runnable> steps = new ArrayList<>();
    private final List<FieldError> errors = new ArrayList<>();

    void apply() {
      if (!errors.isEmpty()) {
        throw RequestRejectedException.invalid(errors);
      }
      steps.forEach(Runnable::run);
    }

    void gateway(String name, @Nullable Object value) {
      SimulatedGateway gateway = gateways.get(name);
      if (gateway == null) {
        addError(name, AllowedValues.oneOf(gateways.keySet()), "present");
      } else if (value instanceof JsonObject settings) {
        settings.forEach(
            entry -> setting(gateway.faults(), name, entry.getKey(), entry.getValue()));
      } else {
        addError(name, "an object", value);
      }
    }

    private void setting(
        FaultInjector faultInjector, String gateway, String key, @Nullable Object value) {
      String field = gateway + "." + key;
      Optional<Fault> fault = Fault.of(key);
      if (key.equals(DELAY)) {
        number(field, value, MAX_DELAY_SECONDS)
            .ifPresent(seconds -> steps.add(() -> faultInjector.delay(duration(seconds))));
      } else if (fault.isEmpty()) {
        addError(field, AllowedValues.oneOf(SETTINGS), "present");
      } else if (value == null) {
        steps.add(() -> faultInjector.set(fault.get(), FaultInjector.Setting.NONE));
      } else if (value instanceof JsonObject order) {
        FaultInjector.Setting newOrder = order(field, order);
        steps.add(() -> faultInjector.set(fault.get(), newOrder));
      } else {
        addError(field, "an object of rate, next and for_seconds, or null", value);
      }
    }

    private FaultInjector.Setting order(String field, JsonObject json) {
      double rate = 0;
      int next = 0;
      Duration span = null;
      for (String key : json.fieldNames()) {
        Object value = json.getValue(key);
        String at = field + "." + key;
        switch (key) {
          case RATE -> rate = number(at, value, 1).orElse(0.0);
          case NEXT -> next = whole(at, value);
          case DURATION ->
              span = number(at, value, MAX_DURATION_SECONDS).map(s -> duration(s)).orElse(null);
          default -> addError(at, AllowedValues.oneOf(List.of(RATE, NEXT, DURATION)), "present");
        }
      }
      return new FaultInjector.Setting(rate, next, span);
    }

    private Optional<Double> number(String field, @Nullable Object value, double max) {
      double number = value instanceof Number given ? given.doubleValue() : -1;
      if (number >= 0 && number <= max) {
        return Optional.of(number);
      }
      addError(field, "a number from 0 to " + (long) max, value);
      return Optional.empty();
    }

    private int whole(String field, @Nullable Object value) {
      if (value instanceof Integer number && number >= 0 && number <= MAX_NEXT) {
        return number;
      }
      addError(field, "an integer from 0 to " + MAX_NEXT, value);
      return 0;
    }

    private void addError(String field, String expected, @Nullable Object actual) {
      errors.add(new FieldError(field, expected, String.valueOf(actual)));
    }
  }
}
