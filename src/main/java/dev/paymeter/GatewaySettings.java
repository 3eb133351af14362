package dev.paymeter;

import dev.paymeter.gateways.GuardedGateway;
import dev.paymeter.gateways.GuardedGateway.Guards;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The settings of each gateway: keys, defaults, ranges. */
record GatewaySettings(SettingsSource source) {
  /**
   * @param names of the configured gateways
   */
  Map<String, Guards> read(List<String> names) {
    Map<String, Guards> guards = new LinkedHashMap<>();
    names.forEach(name -> guards.put(name, guards("gateways." + name)));
    return guards;
  }

  private Guards guards(String prefix) {
    return new Guards(
        source.duration(
            prefix + ".timeout",
            Duration.ofSeconds(15),
            Duration.ofMillis(10),
            Duration.ofMinutes(10)),
        source.integer(prefix + ".max-in-flight", 1000, 1, 1_000_000),
        source.number(prefix + ".breaker.failure-rate", 0.6, 0.01, 1),
        source.integer(prefix + ".breaker.least", 50, 1, GuardedGateway.WINDOW),
        source.duration(
            prefix + ".breaker.pause",
            Duration.ofSeconds(10),
            Duration.ofMillis(10),
            Duration.ofHours(1)));
  }
}
