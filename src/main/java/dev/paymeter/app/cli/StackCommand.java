package dev.paymeter.app.cli;

import dev.paymeter.app.config.ListeningPort;
import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.SettingsException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "stack",
    description = {
      "Run the demo with a Prometheus and an Alertmanager, configured from conf/.",
      "Both have to be installed; their data and logs are in the directory stack of",
      "database.directory. Prints the alerts."
    })
public final class StackCommand implements Callable<Integer> {
  @ParentCommand ServiceCommand parent;
  @Mixin DemoCommand.Traffic traffic;

  @Option(
      names = "--prometheus-port",
      paramLabel = "PORT",
      defaultValue = "9090",
      description = "Port of Prometheus (default: ${DEFAULT-VALUE}).")
  int prometheusPort;

  @Option(
      names = "--alertmanager-port",
      paramLabel = "PORT",
      defaultValue = "9093",
      description = "Port of Alertmanager (default: ${DEFAULT-VALUE}).")
  int alertmanagerPort;

  @Override
  public Integer call() throws InterruptedException {
    if (!traffic.validate()) {
      return ServiceRunner.MISCONFIGURED;
    }
    try {
      Settings settings = parent.runner(Map.of()).settings();
      return hasConflict(settings) ? ServiceRunner.MISCONFIGURED : run(stack(settings));
    } catch (SettingsException e) {
      System.err.println(e.getMessage());
      return ServiceRunner.MISCONFIGURED;
    } catch (IllegalStateException missing) {
      System.err.println(missing.getMessage());
      return ServiceRunner.FAILED;
    }
  }

  /** Prints the ports that are configured twice; returns whether there are any. */
  private boolean hasConflict(Settings settings) {
    List<ListeningPort.Conflict> conflicts = ListeningPort.conflicts(ports(settings));
    conflicts.forEach(
        error ->
            System.err.printf(
                "%s: expected %s, found %s%n", error.setting(), error.expected(), error.found()));
    return !conflicts.isEmpty();
  }

  private MonitoringStack stack(Settings settings) {
    return new MonitoringStack(
        parent.variable("PATH"),
        Path.of("conf"),
        settings.database().directory().resolve("stack"),
        prometheusPort,
        alertmanagerPort,
        System.out);
  }

  private int run(MonitoringStack monitoringStack) throws InterruptedException {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(monitoringStack::close, "shutdown of the stack"));
    return parent
        .runner(DemoCommand.SETTINGS)
        .run(
            System.out::println,
            new DemoWork(
                System.out,
                service -> {
                  DemoClient.requireClearText("management.tls", service.managementUrl());
                  monitoringStack.start(URI.create(service.managementUrl()));
                  new DemoClient(service, DemoClient.httpClient(), System.out).run(traffic);
                }));
  }

  private List<ListeningPort> ports(Settings settings) {
    List<ListeningPort> ports = new ArrayList<>(settings.servers());
    ports.add(new ListeningPort("--prometheus-port", MonitoringStack.HOST, prometheusPort));
    ports.add(new ListeningPort("--alertmanager-port", MonitoringStack.HOST, alertmanagerPort));
    return ports;
  }
}
