package dev.paymeter.resilience;

import dev.paymeter.payment.port.PaymentStepListener.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What goes wrong while clients pay.
 *
 * @param seed of everything that is random in it, and of the clients
 * @param deaths one for each life of the process but the last
 * @param faults of the simulated gateways, as shares of requests, by the setting's last word
 * @param cuts how long the database is away, each time, in all lives together
 */
public record CrashSchedule(
    long seed, List<Death> deaths, Map<String, Double> faults, List<Duration> cuts) {

  private static final List<String> FAULTS =
      List.of(
          "request-lost",
          "request-late",
          "connection-refused",
          "connection-broken",
          "answer-lost",
          "answer-late",
          "answer-twice",
          "answers-swapped",
          "inquiry-broken");

  /** Those that each step needs once in a while to be come to. */
  private static final Map<String, Double> ALWAYS =
      Map.of("connection-refused", 0.05, "answer-lost", 0.05, "connection-broken", 0.05);

  /**
   * The end of a life.
   *
   * @param after so many times that the step was done
   */
  public record Death(Step step, int after) {}

  /** Dies at each step there is, one after the other. */
  static CrashSchedule atEachStep() {
    List<Death> deaths = new ArrayList<>();
    for (Step step : Step.values()) {
      deaths.add(new Death(step, 2));
    }
    return new CrashSchedule(1, deaths, ALWAYS, List.of());
  }

  /** Anything may happen, and the same again for the same seed. */
  static CrashSchedule random(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Death> deaths = new ArrayList<>();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      deaths.add(
          new Death(Step.values()[random.nextInt(Step.values().length)], random.nextInt(20)));
    }
    Map<String, Double> faults = new HashMap<>(ALWAYS);
    FAULTS.forEach(
        fault -> {
          if (random.nextInt(3) == 0) {
            faults.put(fault, 0.01 + 0.1 * random.nextDouble());
          }
        });
    List<Duration> cuts = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      cuts.add(Duration.ofMillis(random.nextInt(10, 1500)));
    }
    return new CrashSchedule(seed, deaths, faults, cuts);
  }

  Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>();
    settings.put("routing.rules", "tier=premium -> paypal:1 stripe:1, -> stripe paypal");
    settings.put("simulator.seed", String.valueOf(seed));
    settings.put("simulator.time-scale", "0.05");
    settings.put("simulator.faults.delay", "600ms");
    faults.forEach((fault, share) -> settings.put("simulator.faults." + fault, share.toString()));
    for (String gateway : List.of("stripe", "paypal")) {
      settings.put("gateways." + gateway + ".timeout", "300ms");
      settings.put("gateways." + gateway + ".breaker.failure-rate", "1");
    }
    return settings;
  }
}
