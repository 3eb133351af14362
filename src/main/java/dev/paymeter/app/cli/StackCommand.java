package dev.paymeter.app.cli;

import java.net.URI;
import java.nio.file.Path;
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
      "Both have to be installed; their data and logs are in data/stack. Prints the alerts."
    })
public final class StackCommand implements Callable<Integer> {
  @ParentCommand ServiceCommand parent;
  @Mixin DemoCommand.Rate rate;

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
    if (!rate.validate()) {
      return ServiceRunner.MISCONFIGURED;
    }
    MonitoringStack monitoringStack;
    try {
      monitoringStack =
          new MonitoringStack(
              parent.variable("PATH"),
              Path.of("conf"),
              Path.of("data", "stack"),
              prometheusPort,
              alertmanagerPort,
              System.out);
    } catch (IllegalStateException missing) {
      System.err.println(missing.getMessage());
      return ServiceRunner.FAILED;
    }
    Runtime.getRuntime()
        .addShutdownHook(new Thread(monitoringStack::close, "shutdown of the stack"));
    // Ctrl-C also ends Prometheus, so there is no last scrape.
    return parent
        .runner(Map.of("log.level", "warn", "shutdown.last-scrape-timeout", "0s"))
        .run(
            System.out::println,
            service -> {
              DemoClient.requireClearText("management.tls", service.managementUrl());
              monitoringStack.start(URI.create(service.managementUrl()));
              new DemoClient(service, System.out).run(rate.perSecond);
            });
  }
}
