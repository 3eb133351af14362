package dev.paymeter.gateway.simulator;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which faults befall one simulated gateway now, and how often they did. Can be changed at any
 * time. Safe from any thread.
 */
public final class FaultInjector {
  private final LongSupplier nanoTime;
  private final Map<Fault, State> states = new EnumMap<>(Fault.class);
  private volatile Duration delay;

  /**
   * What a fault is told to do.
   *
   * @param rate share of requests that it befalls, 0 to 1
   * @param next so many requests to charge it befalls for sure, first of all; 0 for none
   * @param span after which both end; absent where they do not
   */
  public record Order(double rate, int next, @Nullable Duration span) {
    public static final Order NONE = new Order(0, 0, null);

    /** A share of all requests, from now on. */
    public static Order rate(double rate) {
      return new Order(rate, 0, null);
    }

    /** The next requests to charge. */
    public static Order next(int count) {
      return new Order(0, count, null);
    }
  }

  /** One fault's orders, guarded by itself, and how often it struck. */
  private static final class State {
    private final LongAdder struck = new LongAdder();
    private double rate;
    private int next;
    private @Nullable Long end;
  }

  /**
   * @param delay of what is late
   * @param rates of those that are on from the beginning
   * @param nanoTime a monotonic clock in nanoseconds
   */
  public FaultInjector(Duration delay, Map<Fault, Double> rates, LongSupplier nanoTime) {
    this.delay = delay;
    this.nanoTime = nanoTime;
    Arrays.stream(Fault.values()).forEach(fault -> states.put(fault, new State()));
    rates.forEach((fault, rate) -> set(fault, Order.rate(rate)));
  }

  /** A gateway without faults, yet. */
  public static FaultInjector none() {
    return new FaultInjector(Duration.ofSeconds(5), Map.of(), System::nanoTime);
  }

  /** Forgets the fault's earlier order. */
  public void set(Fault fault, Order order) {
    State state = state(fault);
    synchronized (state) {
      state.rate = order.rate();
      state.next = order.next();
      state.end = order.span() == null ? null : nanoTime.getAsLong() + order.span().toNanos();
    }
  }

  /** No fault befalls anybody from now on. */
  public void clear() {
    states.keySet().forEach(fault -> set(fault, Order.NONE));
  }

  public void delay(Duration length) {
    delay = length;
  }

  /** By how much late things are late. */
  public Duration delay() {
    return delay;
  }

  /** What is left of a fault's order. */
  public Order order(Fault fault) {
    State state = state(fault);
    synchronized (state) {
      Long end = state.end;
      if (isOver(state)) {
        return Order.NONE;
      }
      return new Order(
          state.rate,
          state.next,
          end == null ? null : Duration.ofNanos(end - nanoTime.getAsLong()));
    }
  }

  /** How often a fault struck. */
  public long struck(Fault fault) {
    return state(fault).struck.sum();
  }

  /** What befalls a request to charge. */
  Optional<Fault> ofCharge(SplittableRandom luck) {
    Optional<Fault> sure = first(Fault::befallsCharges, this::takesNext);
    return sure.isPresent() ? sure : first(Fault::befallsCharges, fault -> draws(fault, luck));
  }

  /** What befalls an inquiry. */
  Optional<Fault> ofInquiry(SplittableRandom luck) {
    Optional<Fault> sure =
        first(fault -> !fault.befallsCharges() && fault.befallsInquiries(), this::takesNext);
    return sure.isPresent() ? sure : first(Fault::befallsInquiries, fault -> draws(fault, luck));
  }

  private Optional<Fault> first(Predicate<Fault> kind, Predicate<Fault> strikes) {
    for (Fault fault : states.keySet()) {
      if (kind.test(fault) && strikes.test(fault)) {
        state(fault).struck.increment();
        return Optional.of(fault);
      }
    }
    return Optional.empty();
  }

  private boolean takesNext(Fault fault) {
    State state = state(fault);
    synchronized (state) {
      if (state.next == 0 || isOver(state)) {
        return false;
      }
      state.next--;
      return true;
    }
  }

  /** Every fault draws, so that one that is off does not shift another's luck. */
  private boolean draws(Fault fault, SplittableRandom luck) {
    double drawn = luck.nextDouble();
    State state = state(fault);
    synchronized (state) {
      return drawn < state.rate && !isOver(state);
    }
  }

  private boolean isOver(State state) {
    Long end = state.end;
    return end != null && nanoTime.getAsLong() - end >= 0;
  }

  private State state(Fault fault) {
    return Objects.requireNonNull(states.get(fault));
  }
}
