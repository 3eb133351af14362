package dev.paymeter.app;

import dev.paymeter.gateway.simulator.Fault;
import dev.paymeter.gateway.simulator.FaultInjector;
import dev.paymeter.gateway.simulator.SimulatedGateway;
import dev.paymeter.http.management.SimulatorControl;
import dev.paymeter.payment.RequestRefusedException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The simulated gateways' faults as JSON: by gateway, {@code delay_seconds} and each fault with its
 * {@code rate}, {@code next} and {@code for_seconds}.
 *
 * @param gateways by name; none before they are opened
 */
record FaultInjectionJson(SortedMap<String, SimulatedGateway> gateways)
    implements SimulatorControl {
  private static final String DELAY = "delay_seconds";
  private static final String RATE = "rate";
  private static final String NEXT = "next";
  private static final String SPAN = "for_seconds";
  private static final double LONGEST_DELAY_SECONDS = 3600;
  private static final double LONGEST_SPAN_SECONDS = 86_400;
  private static final int MOST_NEXT = 1_000_000;

  @Override
  public JsonObject show() {
    JsonObject all = new JsonObject();
    gateways.forEach((name, gateway) -> all.put(name, show(gateway)));
    return all;
  }

  private static JsonObject show(SimulatedGateway gateway) {
    FaultInjector faultInjector = gateway.faults();
    JsonObject shown =
        new JsonObject()
            .put(DELAY, seconds(faultInjector.delay()))
            .put("unwanted_answers", gateway.unwantedAnswers());
    for (Fault fault : Fault.values()) {
      FaultInjector.Order order = faultInjector.order(fault);
      JsonObject json = new JsonObject().put(RATE, order.rate()).put(NEXT, order.next());
      Duration span = order.span();
      if (span != null) {
        json.put(SPAN, seconds(span));
      }
      shown.put(fault.label(), json.put("struck", faultInjector.struck(fault)));
    }
    return shown;
  }

  @Override
  public void change(JsonObject changes) {
    Changes read = new Changes(gateways);
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

  /** What is to be changed, and what is wrong with it. */
  private record Changes(
      Map<String, SimulatedGateway> gateways,
      List<Runnable> steps,
      List<RequestRefusedException.Fault> wrong) {

    Changes(Map<String, SimulatedGateway> gateways) {
      this(gateways, new ArrayList<>(), new ArrayList<>());
    }

    void apply() {
      if (!wrong.isEmpty()) {
        throw RequestRefusedException.invalid(wrong);
      }
      steps.forEach(Runnable::run);
    }

    void gateway(String name, @Nullable Object value) {
      SimulatedGateway gateway = gateways.get(name);
      if (gateway == null) {
        wrong(name, "one of " + gateways.keySet(), "present");
      } else if (value instanceof JsonObject its) {
        its.forEach(entry -> setting(gateway.faults(), name, entry.getKey(), entry.getValue()));
      } else {
        wrong(name, "an object", value);
      }
    }

    private void setting(
        FaultInjector faultInjector, String gateway, String key, @Nullable Object value) {
      String field = gateway + "." + key;
      Optional<Fault> fault = Fault.of(key);
      if (key.equals(DELAY)) {
        number(field, value, LONGEST_DELAY_SECONDS)
            .ifPresent(seconds -> steps.add(() -> faultInjector.delay(duration(seconds))));
      } else if (fault.isEmpty()) {
        List<String> labels = Arrays.stream(Fault.values()).map(Fault::label).toList();
        wrong(field, DELAY + " or one of " + labels, "present");
      } else if (value == null) {
        steps.add(() -> faultInjector.set(fault.get(), FaultInjector.Order.NONE));
      } else if (value instanceof JsonObject order) {
        FaultInjector.Order wanted = order(field, order);
        steps.add(() -> faultInjector.set(fault.get(), wanted));
      } else {
        wrong(field, "an object of rate, next and for_seconds, or null", value);
      }
    }

    private FaultInjector.Order order(String field, JsonObject json) {
      double rate = 0;
      int next = 0;
      Duration span = null;
      for (String key : json.fieldNames()) {
        Object value = json.getValue(key);
        String at = field + "." + key;
        switch (key) {
          case RATE -> rate = number(at, value, 1).orElse(0.0);
          case NEXT -> next = whole(at, value);
          case SPAN ->
              span = number(at, value, LONGEST_SPAN_SECONDS).map(s -> duration(s)).orElse(null);
          default -> wrong(at, "rate, next or for_seconds", "present");
        }
      }
      return new FaultInjector.Order(rate, next, span);
    }

    private Optional<Double> number(String field, @Nullable Object value, double most) {
      if (value instanceof Number number
          && number.doubleValue() >= 0
          && number.doubleValue() <= most) {
        return Optional.of(number.doubleValue());
      }
      wrong(field, "a number from 0 to " + (long) most, value);
      return Optional.empty();
    }

    private int whole(String field, @Nullable Object value) {
      if (value instanceof Integer number && number >= 0 && number <= MOST_NEXT) {
        return number;
      }
      wrong(field, "an integer from 0 to " + MOST_NEXT, value);
      return 0;
    }

    private void wrong(String field, String wanted, @Nullable Object found) {
      wrong.add(new RequestRefusedException.Fault(field, wanted, String.valueOf(found)));
    }
  }
}
