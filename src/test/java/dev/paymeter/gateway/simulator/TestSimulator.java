package dev.paymeter.gateway.simulator;

import dev.paymeter.gateway.simulator.SimulatedGateway.Behaviour;
import dev.paymeter.payment.port.Scheduler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Simulated gateways for tests, which keep their journals on the thread that asks. */
final class TestSimulator {
  /** Approves everything, at once. */
  static final Behaviour SMOOTH = new Behaviour(1, 0, 0, 0);

  /** How late late things are. */
  static final Duration DELAY = Duration.ofSeconds(3);

  /** For gateways that wait for nothing. */
  static final Scheduler NO_PAUSES =
      (length, action) -> {
        throw new AssertionError("waited " + length);
      };

  private TestSimulator() {}

  static Simulator open(Path directory, Behaviour behaviour, Scheduler scheduler, String... names) {
    Simulator.Options options = new Simulator.Options(directory, behaviour, DELAY, Map.of(), false);
    try {
      return Simulator.open(options, List.of(names), scheduler, Runnable::run, () -> {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A gateway that is asked for the first time. */
  static SimulatedGateway fresh(Path root, String name, Behaviour behaviour, Scheduler scheduler) {
    try {
      Path directory = Files.createTempDirectory(root, "simulator");
      return open(directory, behaviour, scheduler, name).gateways().get(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
