package dev.paymeter.gateway.simulator;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Selects the faults to inject into requests to one simulated gateway, and counts them. Settings
 * can change at any time. Safe from any thread.
 */
public final class FaultInjector {
  private final LongSupplier nanoTime;
  private final Map<Fault, State> states = new EnumMap<>(Fault.class);
  private volatile Duration delay;

  /**
   * Setting of one fault.
   *
   * @param rate share of requests that get the fault, 0 to 1
   * @param next number of next requests that all get the fault, before {@code rate} applies
   * @param duration time after which both expire; absent if they do not
   */
  public record Setting(double rate, int next, @Nullable Duration duration) {
    public static final Setting NONE = new Setting(0, 0, null);

    public static Setting ofRate(double rate) {
      return new Setting(rate, 0, null);
    }
  }

  /** Current setting of one fault, and the number of its injections. */
  private static final class State {
    private double rate;
    private int next;
    private @Nullable Long expiresAt;
    private long injected;
  }

  /**
   * @param delay by which late requests and responses are delayed
   * @param rates initial rates
   */
  public FaultInjector(Duration delay, Map<Fault, Double> rates, LongSupplier nanoTime) {
    this.delay = delay;
    this.nanoTime = nanoTime;
    Arrays.stream(Fault.values()).forEach(fault -> states.put(fault, new State()));
    rates.forEach((fault, rate) -> set(fault, Setting.ofRate(rate)));
  }

  public synchronized void set(Fault fault, Setting setting) {
    State state = state(fault);
    state.rate = setting.rate();
    state.next = setting.next();
    state.expiresAt =
        setting.duration() == null ? null : nanoTime.getAsLong() + setting.duration().toNanos();
  }

  public void clear() {
    states.keySet().forEach(fault -> set(fault, Setting.NONE));
  }

  public void delay(Duration newDelay) {
    delay = newDelay;
  }

  public Duration delay() {
    return delay;
  }

  /** Returns a fault's current setting: what remains of it. */
  public synchronized Setting setting(Fault fault) {
    State state = state(fault);
    if (isExpired(state)) {
      return Setting.NONE;
    }
    Long end = state.expiresAt;
    return new Setting(
        state.rate, state.next, end == null ? null : Duration.ofNanos(end - nanoTime.getAsLong()));
  }

  public synchronized long injected(Fault fault) {
    return state(fault).injected;
  }

  /** Draws the fault of a request to charge or refund. */
  synchronized Optional<Fault> drawForCharge(SplittableRandom random) {
    return firstMatching(Fault::affectsCharges, this::consumeNext)
        .or(() -> firstMatching(Fault::affectsCharges, state -> draw(state, random)));
  }

  /** Draws the fault of an inquiry. */
  synchronized Optional<Fault> drawForInquiry(SplittableRandom random) {
    return firstMatching(fault -> fault == Fault.INQUIRY_BROKEN, this::consumeNext)
        .or(() -> firstMatching(Fault::affectsInquiries, state -> draw(state, random)));
  }

  private Optional<Fault> firstMatching(Predicate<Fault> kind, Predicate<State> isInjected) {
    for (Map.Entry<Fault, State> entry : states.entrySet()) {
      if (kind.test(entry.getKey()) && isInjected.test(entry.getValue())) {
        entry.getValue().injected++;
        return Optional.of(entry.getKey());
      }
    }
    return Optional.empty();
  }

  private boolean consumeNext(State state) {
    if (state.next == 0 || isExpired(state)) {
      return false;
    }
    state.next--;
    return true;
  }

  /**
   * Draws even for a fault without a rate: changing one fault must not change the draws of others.
   */
  private boolean draw(State state, SplittableRandom random) {
    double drawn = random.nextDouble();
    return drawn < state.rate && !isExpired(state);
  }

  private boolean isExpired(State state) {
    Long end = state.expiresAt;
    return end != null && nanoTime.getAsLong() - end >= 0;
  }

  private State state(Fault fault) {
    return Objects.requireNonNull(states.get(fault));
  }
}
