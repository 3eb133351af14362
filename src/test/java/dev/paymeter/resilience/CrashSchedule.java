package dev.paymeter.resilience;

import dev.paymeter.payment.port.PaymentStepListener.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A schedule of faults while clients pay.
 *
 * @param seed of all random choices, including those of the clients
 * @param crashes one for each process except the last
 * @param faults of the simulated gateways, as shares of requests, by the last part of the setting's
 *     key
 * @param disconnections durations for which the database is disconnected, over all processes
 */
public record CrashSchedule(
    long seed, List<Crash> crashes, Map<String, Double> faults, List<Duration> disconnections) {

  /** The gateway that is not simulated: the tests' stand-in for Stripe. Only orders name it. */
  static final String CARDS = "cards";

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

  /** Faults that some of the steps depend on. */
  private static final Map<String, Double> BASE_FAULTS =
      Map.of("connection-refused", 0.05, "answer-lost", 0.05, "connection-broken", 0.05);

  /**
   * The end of a process.
   *
   * @param step null for SIGKILL at any moment
   * @param after the number of times that the step completes before; for SIGKILL, the milliseconds
   *     after the process is ready
   */
  public record Crash(@Nullable Step step, int after) {
    static Crash kill(Duration after) {
      return new Crash(null, (int) after.toMillis());
    }
  }

  /** The most occurrences before the crash, of a step of many payments and of one of few. */
  private static final int MAX_FREQUENT = 20;

  private static final int MAX_RARE = 5;

  /** Returns a schedule with a crash at each step, in order. */
  static CrashSchedule atEachStep() {
    List<Crash> deaths = new ArrayList<>();
    for (Step step : Step.values()) {
      deaths.add(new Crash(step, 2));
    }
    return new CrashSchedule(1, deaths, BASE_FAULTS, List.of());
  }

  /** Returns the random schedule of a seed. */
  static CrashSchedule random(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Crash> deaths = new ArrayList<>();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      deaths.add(
          random.nextInt(3) == 0
              ? Crash.kill(Duration.ofMillis(random.nextInt(100, 5000)))
              : atStep(random));
    }
    Map<String, Double> faults = new HashMap<>(BASE_FAULTS);
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

  private static Crash atStep(SplittableRandom random) {
    Step step = Step.values()[random.nextInt(Step.values().length)];
    boolean isRare = step.compareTo(Step.FAILURE_FOUND) >= 0;
    return new Crash(step, random.nextInt(isRare ? MAX_RARE : MAX_FREQUENT));
  }

  Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>();
    settings.put("payments.gateways", "stripe,paypal," + CARDS);
    settings.put("gateways." + CARDS + ".timeout", "1s");
    settings.put("gateways." + CARDS + ".breaker.failure-rate", "1");
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
