package dev.paymeter.app.config;

import dev.paymeter.cluster.ClusterOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Checks of settings that are valid one by one, but not together. */
record SettingsConflicts(ConfigSource source) {
  void check(Settings settings) {
    ListeningPort.conflicts(ports(settings))
        .forEach(error -> source.addError(error.setting(), error.expected(), error.found()));
    settings
        .gateways()
        .forEach((name, gateway) -> checkIdleTimeout(settings.http(), name, gateway));
  }

  private static List<ListeningPort> ports(Settings settings) {
    List<ListeningPort> ports = new ArrayList<>(settings.servers());
    settings.cluster().ifPresent(cluster -> add(ports, cluster));
    return ports;
  }

  private static void add(List<ListeningPort> ports, ClusterOptions cluster) {
    String host = cluster.host().getHostAddress();
    ports.add(new ListeningPort("cluster.port", host, cluster.port()));
    ports.add(new ListeningPort("cluster.bus-port", host, cluster.busPort()));
  }

  /** Checks that no connection is closed as idle while its client waits for the gateway. */
  private void checkIdleTimeout(Settings.Http http, String name, Settings.Gateway gateway) {
    Duration idle = http.limits().idleTimeout();
    Duration timeout = gateway.guards().timeout();
    if (idle.compareTo(timeout) <= 0) {
      source.addError(
          "limits.idle-timeout",
          "more than gateways." + name + ".timeout, " + ConfigSource.plain(timeout),
          ConfigSource.plain(idle));
    }
  }
}
