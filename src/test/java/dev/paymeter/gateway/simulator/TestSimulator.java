package dev.paymeter.gateway.simulator;

import dev.paymeter.gateway.simulator.SimulatedGateway.Behaviour;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.support.payment.TestOrders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Simulated gateways for tests, with journals on the thread of the caller. */
final class TestSimulator {
  /** Approves all payments without delay. */
  static final Behaviour SMOOTH = new Behaviour(1, 0, 0, 0);

  /** Delay of late requests and responses. */
  static final Duration DELAY = Duration.ofSeconds(3);

  /** Scheduler of gateways that must not wait. */
  static final Scheduler NO_PAUSES =
      (length, action) -> {
        throw new AssertionError("waited " + length);
      };

  private TestSimulator() {}

  static Simulator open(Path directory, Behaviour behaviour, Scheduler scheduler, String... names) {
    Simulator.Options options = new Simulator.Options(directory, behaviour, DELAY, Map.of(), false);
    try {
      return Simulator.open(
          options, TestOrders.LEDGER, List.of(names), scheduler, Runnable::run, () -> {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Opens the gateway {@code stripe}, which approves all payments, with the clock of a test. */
  static Simulator open(Path directory, Clock clock) {
    return open(directory, SMOOTH, NO_PAUSES, clock);
  }

  /** Opens the gateway {@code stripe}, as the other method does, with payers that take time. */
  static Simulator openWithPayers(Path directory, Clock clock) {
    return open(
        directory,
        new Behaviour(1, 1, 0, 0),
        (length, action) -> {
          action.run();
          return () -> {};
        },
        clock);
  }

  /** Opens the gateway {@code stripe}. */
  static Simulator open(Path directory, Behaviour behaviour, Scheduler scheduler, Clock clock) {
    Simulator.Options options = new Simulator.Options(directory, behaviour, DELAY, Map.of(), false);
    try {
      return Simulator.open(
          options,
          TestOrders.LEDGER,
          Map.of("stripe", SimulatedGateway.DEFAULT_VALIDITY),
          scheduler,
          Runnable::run,
          () -> {},
          clock);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns a gateway with an empty journal. */
  static SimulatedGateway fresh(Path root, String name, Behaviour behaviour, Scheduler scheduler) {
    try {
      Path directory = Files.createTempDirectory(root, "simulator");
      return open(directory, behaviour, scheduler, name).gateways().get(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
