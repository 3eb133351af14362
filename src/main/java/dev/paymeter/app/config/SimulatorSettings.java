package dev.paymeter.app.config;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;

import dev.paymeter.gateway.simulator.Fault;
import dev.paymeter.gateway.simulator.SimulatedGateway;
import dev.paymeter.gateway.simulator.Simulator;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** Reader of the settings of the simulated gateways: keys, defaults, ranges. */
record SimulatorSettings(ConfigSource source) {
  /**
   * @param directory default directory of the journals
   */
  Simulator.Options read(Path directory) {
    return new Simulator.Options(
        source.value("simulator.directory", directory, "a path", Path::of),
        new SimulatedGateway.Behaviour(
            source.value(
                "simulator.seed",
                ThreadLocalRandom.current().nextLong(),
                "a 64-bit integer",
                Long::valueOf),
            source.number("simulator.time-scale", 1, 0, 1000),
            source.number("simulator.failure-rate", 0.1, 0, 1),
            source.number("simulator.premium-failure-rate", 0.05, 0, 1)),
        source.duration("simulator.faults.delay", ofSeconds(5), ZERO, ofHours(1)),
        rates(),
        source.flag("simulator.switchable", false));
  }

  private Map<Fault, Double> rates() {
    Map<Fault, Double> rates = new EnumMap<>(Fault.class);
    for (Fault fault : Fault.values()) {
      String key = "simulator.faults." + fault.label().replace('_', '-');
      rates.put(fault, source.number(key, 0, 0, 1));
    }
    return rates;
  }
}
